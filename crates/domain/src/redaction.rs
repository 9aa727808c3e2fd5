//! What keeps unredacted text out of the store: a value is [`Raw`] until a [`Redactor`] has seen every text in it, and only [`Clean`]
//! values are taken in. Forgetting to redact does not compile.
//!
//! The rules that know secrets are the mind's. Here is only who must call them, and how spans move when a marker takes a secret's place.

use crate::{
    Answer, Body, Edit, Links, NewMemory, Observation, Origin, Patch, Pixels, Rect, Span, Window,
};
use serde::Serialize;
use std::ops::Deref;

/// Something whose texts may hold secrets. It cannot be shown, copied or written; the one way out is [`Raw::clean`].
pub struct Raw<T>(T);

/// Something whose texts a [`Redactor`] has seen. Nothing else makes one, and it cannot be changed or read back from a file.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Clean<T>(T);

/// A picture in which the places of secrets are painted over, or what was made of one. Nothing else makes it, and the store takes no other
/// pictures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Painted<T>(T);

impl Painted<Pixels> {
    /// Secrets are painted over in this colour.
    pub const COLOR: [u8; 4] = [24, 24, 27, 255];

    /// `pixels` with all of `secrets` painted over; parts beyond the picture do not matter.
    pub fn over(mut pixels: Pixels, secrets: &[Rect]) -> Self {
        for secret in secrets {
            pixels.fill(secret, Self::COLOR);
        }
        Self(pixels)
    }
}

impl<T> Painted<T> {
    /// What `make` makes of the painted picture, and of nothing else: a smaller one, a file.
    pub fn into_made<U, E>(self, make: impl FnOnce(T) -> Result<U, E>) -> Result<Painted<U>, E> {
        make(self.0).map(Painted)
    }

    /// The picture; once changed, it has to be painted again.
    pub fn into_inner(self) -> T {
        self.0
    }
}

/// Knows secrets. The product has one; tests bring their own.
pub trait Redactor {
    /// The secrets of a text, in order, apart, on character boundaries. Of a text they were replaced in, there are none.
    fn secrets(&self, text: &str) -> Vec<Secret>;
}

/// A secret in a text, and what takes its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Secret {
    /// Where it stands.
    pub span: Span,
    /// What stands there afterwards.
    pub marker: &'static str,
}

/// Has texts that secrets can be taken out of.
pub trait Redact {
    /// Replaces the secrets in every text; returns how many there were. Spans into a text follow it.
    fn redact(&mut self, redactor: &dyn Redactor) -> u32;
}

impl<T: Redact> Raw<T> {
    /// Not looked at yet.
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// The value without its secrets.
    pub fn clean(self, redactor: &dyn Redactor) -> Clean<T> {
        self.count_and_clean(redactor).0
    }

    /// The value without its secrets, and how many there were.
    pub fn count_and_clean(mut self, redactor: &dyn Redactor) -> (Clean<T>, u32) {
        let secrets = self.0.redact(redactor);
        (Clean(self.0), secrets)
    }
}

impl<T> Clean<T> {
    /// The value itself; once changed, it has to be cleaned again.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> Clean<Vec<T>> {
    /// Nothing, in which there is nothing to redact.
    pub fn none() -> Self {
        Self(Vec::new())
    }
}

impl<T> Deref for Clean<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// Where places of a text went when secrets in it were replaced.
struct Moved(Vec<(Span, Span)>);

impl Moved {
    /// Replaces the secrets of `text` in place.
    fn replace(text: &mut String, redactor: &dyn Redactor) -> Self {
        let secrets = redactor.secrets(text);
        let (mut new, mut copied, mut moved) = (String::new(), 0, Vec::new());
        for secret in &secrets {
            let (start, end) = (secret.span.start as usize, secret.span.end as usize);
            new.push_str(&text[copied..start]);
            let at = new.len() as u32;
            new.push_str(secret.marker);
            moved.push((
                secret.span,
                Span {
                    start: at,
                    end: new.len() as u32,
                },
            ));
            copied = end;
        }
        if !secrets.is_empty() {
            new.push_str(&text[copied..]);
            *text = new;
        }
        Self(moved)
    }

    /// A span that touched a secret holds its whole marker afterwards.
    fn span(&self, span: Span) -> Span {
        Span {
            start: self.place(span.start, false),
            end: self.place(span.end, true),
        }
    }

    fn place(&self, at: u32, is_end: bool) -> u32 {
        let mut shift = 0i64;
        for (old, new) in &self.0 {
            if at < old.start || (is_end && at == old.start) {
                break;
            }
            if at < old.end || (is_end && at == old.end) {
                return if is_end { new.end } else { new.start };
            }
            shift = i64::from(new.end) - i64::from(old.end);
        }
        (i64::from(at) + shift) as u32
    }

    fn count(&self) -> u32 {
        self.0.len() as u32
    }
}

impl Redact for String {
    fn redact(&mut self, redactor: &dyn Redactor) -> u32 {
        Moved::replace(self, redactor).count()
    }
}

impl<T: Redact> Redact for Vec<T> {
    fn redact(&mut self, redactor: &dyn Redactor) -> u32 {
        self.iter_mut().map(|value| value.redact(redactor)).sum()
    }
}

impl<T: Redact> Redact for Option<T> {
    fn redact(&mut self, redactor: &dyn Redactor) -> u32 {
        self.as_mut().map_or(0, |value| value.redact(redactor))
    }
}

/// Its text with words and fresh spans, and where it comes from. What is found here is added to [`Observation::redactions`].
impl Redact for Observation {
    fn redact(&mut self, redactor: &dyn Redactor) -> u32 {
        let moved = Moved::replace(&mut self.text, redactor);
        self.fresh
            .iter_mut()
            .for_each(|span| *span = moved.span(*span));
        self.words
            .iter_mut()
            .for_each(|word| word.span = moved.span(word.span));
        let secrets = moved.count() + self.origin.redact(redactor);
        self.redactions += secrets;
        secrets
    }
}

impl Redact for Origin {
    fn redact(&mut self, redactor: &dyn Redactor) -> u32 {
        match self {
            Self::Screen {
                app, title, url, ..
            } => app.redact(redactor) + title.redact(redactor) + url.redact(redactor),
            Self::Chat { .. } => 0,
            Self::Import {
                thread,
                source,
                speaker,
            } => thread.redact(redactor) + source.redact(redactor) + speaker.redact(redactor),
        }
    }
}

impl Redact for Window {
    fn redact(&mut self, redactor: &dyn Redactor) -> u32 {
        self.app.redact(redactor) + self.title.redact(redactor)
    }
}

/// Its text; the labels of its citations.
impl Redact for Answer {
    fn redact(&mut self, redactor: &dyn Redactor) -> u32 {
        let labels = self
            .citations
            .iter_mut()
            .map(|citation| citation.label.redact(redactor));
        labels.sum::<u32>() + self.text.redact(redactor)
    }
}

/// What is added, changed or put in place of something. A secret the user asked to keep is the one text that stays as it is.
impl Redact for Edit {
    fn redact(&mut self, redactor: &dyn Redactor) -> u32 {
        match self {
            Self::Add { memory } | Self::Propose { memory } | Self::Supersede { memory, .. } => {
                memory.redact(redactor)
            }
            Self::Update { patch, .. } => patch.redact(redactor),
            Self::SupersedeBy { .. }
            | Self::Accept { .. }
            | Self::Delete { .. }
            | Self::Undo { .. } => 0,
        }
    }
}

/// A name with a secret in it is no name: it goes, with what is said of it.
impl Redact for Links {
    fn redact(&mut self, redactor: &dyn Redactor) -> u32 {
        let mut secrets = 0;
        let mut is_clean = |text: &str| {
            let found = redactor.secrets(text).len() as u32;
            secrets += found;
            found == 0
        };
        self.mentions.retain(|mention| is_clean(&mention.name));
        self.relations.retain(|relation| is_clean(&relation.label));
        let mentions = &self.mentions;
        let is_named = |name: &str| mentions.iter().any(|mention| mention.name == name);
        self.relations
            .retain(|relation| is_named(&relation.from) && is_named(&relation.to));
        secrets
    }
}

impl Redact for NewMemory {
    fn redact(&mut self, redactor: &dyn Redactor) -> u32 {
        self.title.redact(redactor)
            + self.details.redact(redactor)
            + self.body.redact(redactor)
            + self.tree_path.redact(redactor)
            + self.tags.redact(redactor)
    }
}

impl Redact for Patch {
    fn redact(&mut self, redactor: &dyn Redactor) -> u32 {
        self.title.redact(redactor)
            + self.details.redact(redactor)
            + self.body.redact(redactor)
            + self.tree_path.redact(redactor)
            + self.tags.redact(redactor)
    }
}

impl Redact for Body {
    fn redact(&mut self, redactor: &dyn Redactor) -> u32 {
        match self {
            Self::Core { .. } => 0,
            Self::Episodic {
                actor, event_type, ..
            } => actor.redact(redactor) + event_type.redact(redactor),
            Self::Semantic {
                subject,
                learned_from,
            } => subject.redact(redactor) + learned_from.redact(redactor),
            Self::Procedural { steps, .. } => steps.redact(redactor),
            Self::Resource {
                resource_type,
                locator,
                content,
            } => {
                resource_type.redact(redactor) + locator.redact(redactor) + content.redact(redactor)
            }
            // The secret itself is what was asked for; it goes to the vault and nowhere else.
            Self::Vault { entry_type, .. } => entry_type.redact(redactor),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        EntityKind, FrameId, Linked, Mention, ObservationId, Relation, Timestamp, Trust, Word,
        memory::Sensitivity,
    };

    /// Takes every `hunter2` for a secret.
    struct Hunter;

    impl Redactor for Hunter {
        fn secrets(&self, text: &str) -> Vec<Secret> {
            let found = text.match_indices("hunter2");
            let span = |at: usize| Span {
                start: at as u32,
                end: at as u32 + 7,
            };
            found
                .map(|(at, _)| Secret {
                    span: span(at),
                    marker: "[gone]",
                })
                .collect()
        }
    }

    fn seen(text: &str) -> Observation {
        Observation {
            id: ObservationId(uuid::Uuid::nil()),
            at: Timestamp::default(),
            origin: Origin::Screen {
                frame: FrameId(uuid::Uuid::nil()),
                app: "xterm".into(),
                title: "hunter2 - xterm".into(),
                url: Some("file:///home/hunter2.txt".into()),
                bounds: Rect::default(),
            },
            text: text.into(),
            words: vec![],
            fresh: vec![Span::whole(text)],
            trust: Trust::Screen,
            external_id: None,
            redactions: 1,
        }
    }

    /// R8
    #[test]
    fn every_text_of_an_observation_is_cleaned_and_spans_follow() {
        let text = "a hunter2 b hunter2";
        let mut observation = seen(text);
        let word = |start, end| Word {
            span: Span { start, end },
            bounds: Rect::default(),
        };
        observation.words = vec![word(0, 1), word(2, 9), word(10, 11), word(12, 19)];
        let (clean, secrets) = Raw::new(observation).count_and_clean(&Hunter);
        assert_eq!(
            (clean.text.as_str(), secrets, clean.redactions),
            ("a [gone] b [gone]", 4, 5)
        );
        assert_eq!(clean.origin.title(), "[gone] - xterm");
        let words: Vec<_> = clean
            .words
            .iter()
            .filter_map(|word| word.span.of(&clean.text))
            .collect();
        assert_eq!(words, ["a", "[gone]", "b", "[gone]"]);
        assert_eq!(clean.fresh, [Span::whole(&clean.text)]);
    }

    /// R8
    #[test]
    fn a_name_with_a_secret_in_it_takes_what_is_said_of_it_along() {
        let mention = |name: &str| Mention {
            name: name.into(),
            kind: EntityKind::Person,
            span: Span { start: 0, end: 0 },
        };
        let relation = |from: &str, to: &str, label: &str| Relation {
            from: from.into(),
            to: to.into(),
            label: label.into(),
        };
        let links = Links {
            of: Linked::Edit(0),
            mentions: vec![mention("Anna"), mention("hunter2"), mention("Ben")],
            relations: vec![
                relation("Anna", "Ben", "friend"),
                relation("Anna", "hunter2", "friend"),
                relation("Anna", "Ben", "knows hunter2"),
            ],
        };
        let (clean, secrets) = Raw::new(links).count_and_clean(&Hunter);
        assert_eq!(secrets, 2);
        assert_eq!(clean.mentions, [mention("Anna"), mention("Ben")]);
        assert_eq!(clean.relations, [relation("Anna", "Ben", "friend")]);
    }

    /// R8
    #[test]
    fn a_painted_picture_holds_nothing_of_what_was_painted_over() {
        let pixels = Pixels::new(4, 3, vec![200; 48]).unwrap();
        let painted = Painted::over(pixels, &[Rect::new(-1, -1, 3, 2), Rect::new(3, 2, 9, 9)]);
        let made = painted.into_made(|pixels| {
            let bright = |pixel: &[u8]| pixel[0] == 200;
            let bright = pixels.rgba().chunks(4).map(bright).collect::<Vec<_>>();
            Ok::<_, ()>(bright)
        });
        let expected = [
            [false, false, true, true],
            [true; 4],
            [true, true, true, false],
        ];
        assert_eq!(made.unwrap().into_inner(), expected.concat());
    }

    /// R8
    #[test]
    fn a_memory_is_cleaned_but_for_the_secret_of_a_vault_entry() {
        let body = Body::Vault {
            entry_type: "password".into(),
            sensitivity: Sensitivity::High,
            secret: "hunter2".into(),
        };
        let memory = NewMemory {
            title: "router hunter2".into(),
            details: "hunter2".into(),
            body,
            tree_path: vec!["hunter2".into()],
            tags: vec!["hunter2".into()],
            sources: vec![],
            trust: Trust::User,
            confidence: 1.0,
            valid_from: Timestamp::default(),
        };
        let clean = Raw::new(Edit::Add { memory }).clean(&Hunter);
        let Edit::Add { memory } = clean.into_inner() else {
            panic!("another edit")
        };
        assert_eq!(
            [
                &memory.title,
                &memory.details,
                &memory.tree_path[0],
                &memory.tags[0]
            ],
            ["router [gone]", "[gone]", "[gone]", "[gone]"]
        );
        assert!(matches!(memory.body, Body::Vault { secret, .. } if secret == "hunter2"));
    }
}
