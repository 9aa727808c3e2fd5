//! What was perceived: one redacted piece of text, where it was seen and by whom it was said.

use crate::{FrameId, ObservationId, Rect, ThreadId, Timestamp, Trust};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// One redacted piece of text, seen in one window at one moment, said in one turn, or imported.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Observation {
    /// Made by the caller.
    pub id: ObservationId,
    /// When it was seen or said.
    pub at: Timestamp,
    /// Where it comes from.
    pub origin: Origin,
    /// The text, secrets already replaced.
    pub text: String,
    /// Words and where they stand on the picture; only for [`Origin::Screen`].
    pub words: Vec<Word>,
    /// The parts of `text` that the last observation of the same window did not have. Only these are thought about.
    pub fresh: Vec<Span>,
    /// Who said it.
    pub trust: Trust,
    /// The caller's own name for it (an imported line's id); makes importing twice harmless.
    pub external_id: Option<String>,
    /// How many secrets were replaced.
    pub redactions: u32,
}

impl Observation {
    /// The text that is indexed and embedded: who or where, the day spelled out in `zone`, then the words, as in
    /// `Caroline, 8 May 2023, Monday: I went hiking.` The day is in it so that "in May" finds it by words alone.
    pub fn searchable(&self, zone: &TimeZone) -> String {
        let mut parts: Vec<String> = self.origin.named().map(str::to_owned).collect();
        parts.extend(spelled_day(self.at, zone));
        if parts.is_empty() {
            return self.text.clone();
        }
        format!("{}: {}", parts.join(", "), self.text)
    }
}

/// `8 May 2023, Monday`; `None` outside the years a calendar knows.
fn spelled_day(at: Timestamp, zone: &TimeZone) -> Option<String> {
    let moment = jiff::Timestamp::from_millisecond(at.millis()).ok()?;
    Some(
        zone.to_datetime(moment)
            .strftime("%-d %B %Y, %A")
            .to_string(),
    )
}

/// Where an observation comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "from", rename_all = "snake_case")]
pub enum Origin {
    /// A window on a monitor.
    Screen {
        /// The picture it was read from.
        frame: FrameId,
        /// Program.
        app: String,
        /// Window title.
        title: String,
        /// Address shown in the window, if one was recognised.
        url: Option<String>,
        /// Where the window was on the picture.
        bounds: Rect,
    },
    /// A turn in our own chat.
    Chat {
        /// The conversation.
        thread: ThreadId,
        /// True when the user spoke, false when the assistant did.
        by_user: bool,
    },
    /// A line of an imported file or of a client program.
    Import {
        /// Conversation or document it belongs to.
        thread: String,
        /// Kind of source as the file names it, e.g. `chat`, `sms`.
        source: String,
        /// Who spoke.
        speaker: String,
    },
}

impl Origin {
    /// What groups observations into one stream: the app, the conversation, the document.
    pub fn thread(&self) -> String {
        match self {
            Self::Screen { app, .. } => format!("screen/{app}"),
            Self::Chat { thread, .. } => format!("chat/{thread}"),
            Self::Import { thread, .. } => thread.clone(),
        }
    }

    /// The app to colour and filter by: program, `chat`, or the imported source's name.
    pub fn app(&self) -> &str {
        match self {
            Self::Screen { app, .. } => app,
            Self::Chat { .. } => "chat",
            Self::Import { source, .. } => source,
        }
    }

    /// Window title, or empty.
    pub fn title(&self) -> &str {
        match self {
            Self::Screen { title, .. } => title,
            _ => "",
        }
    }

    /// Who spoke, where that is known; empty for screens.
    pub fn speaker(&self) -> &str {
        match self {
            Self::Screen { .. } => "",
            Self::Chat { by_user: true, .. } => "user",
            Self::Chat { by_user: false, .. } => "assistant",
            Self::Import { speaker, .. } => speaker,
        }
    }

    /// What names its place in a search: who spoke, or the app, its window's title and address. Empty ones are left out.
    fn named(&self) -> impl Iterator<Item = &str> {
        let names = match self {
            Self::Screen {
                app, title, url, ..
            } => [app.as_str(), title, url.as_deref().unwrap_or("")],
            Self::Chat { .. } | Self::Import { .. } => [self.speaker(), "", ""],
        };
        names.into_iter().filter(|name| !name.is_empty())
    }

    /// The picture behind it.
    pub fn frame(&self) -> Option<FrameId> {
        match self {
            Self::Screen { frame, .. } => Some(*frame),
            _ => None,
        }
    }
}

/// A byte range of a text: `start` inside, `end` outside, both on character boundaries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// First byte after.
    pub end: u32,
}

impl Span {
    /// The span over the whole of `text`.
    pub fn whole(text: &str) -> Self {
        Self {
            start: 0,
            end: text.len() as u32,
        }
    }

    /// The words it marks in `text`; `None` when it does not fit.
    pub fn of<'t>(&self, text: &'t str) -> Option<&'t str> {
        text.get(self.start as usize..self.end as usize)
    }

    /// Whether both share a byte.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.start < other.end && other.start < self.end
    }
}

/// One word on a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Word {
    /// Where it stands in the observation's text.
    pub span: Span,
    /// Where it stands on the picture, in pixels.
    pub bounds: Rect,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(origin: Origin) -> Observation {
        Observation {
            id: ObservationId(uuid::Uuid::nil()),
            at: Timestamp::from_millis(1_683_586_800_000), // 2023-05-08T23:00:00Z
            text: "I went hiking.".into(),
            words: vec![],
            fresh: vec![],
            trust: Trust::Client,
            external_id: None,
            redactions: 0,
            origin,
        }
    }

    #[test]
    fn searchable_text_names_the_speaker_and_the_local_day() {
        let line = said(Origin::Import {
            thread: "t".into(),
            source: "chat".into(),
            speaker: "Caroline".into(),
        });
        let check = |offset: i8, expected: &str| {
            let zone = TimeZone::fixed(jiff::tz::offset(offset));
            assert_eq!(line.searchable(&zone), expected);
        };
        check(0, "Caroline, 8 May 2023, Monday: I went hiking.");
        check(2, "Caroline, 9 May 2023, Tuesday: I went hiking.");
    }

    #[test]
    fn searchable_text_of_a_window_names_app_and_title_but_no_empty_address() {
        let seen = said(Origin::Screen {
            frame: FrameId(uuid::Uuid::nil()),
            app: "firefox".into(),
            title: "Trails".into(),
            url: None,
            bounds: Rect::default(),
        });
        assert_eq!(
            seen.searchable(&TimeZone::UTC),
            "firefox, Trails, 8 May 2023, Monday: I went hiking."
        );
    }

    #[test]
    fn a_span_that_does_not_fit_marks_nothing() {
        assert_eq!(Span { start: 0, end: 2 }.of("né"), None);
        assert_eq!(Span { start: 0, end: 3 }.of("né"), Some("né"));
        assert_eq!(Span { start: 2, end: 9 }.of("né"), None);
    }
}
