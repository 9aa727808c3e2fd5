//! Stream of observations -> activities: stretches of doing one thing, the unit that is thought about at once.
//!
//! Online and bounded. Several activities can be open side by side, one for each app or conversation; each ends by a pause, by its length,
//! or when its subject changes. The same stream gives the same activities, so an engine that died feeds what is pending again.

use crate::document::{Document, document};
use afterimage_domain::{Observation, ObservationId, Origin, Timestamp};
use afterimage_infer::embed::cosine;

/// Where activities end.
#[derive(Clone, Debug, PartialEq)]
pub struct Limits {
    /// A pause longer than this ends an activity, in seconds.
    pub pause: i64,
    /// It lasts at most this long, in seconds.
    pub duration: i64,
    /// It has at most so many observations.
    pub observations: usize,
    /// At most so many are open; the one unused for longest is ended.
    pub open: usize,
    /// Below this cosine between a text and the activity so far, another document is another subject.
    pub other_document: f32,
    /// Below this cosine a conversation has changed its subject.
    pub other_topic: f32,
}

impl Default for Limits {
    /// Pauses as HiMem and screen-time studies use them; the cosines are bge-small's: unrelated texts lie about 0.45, related above 0.65.
    fn default() -> Self {
        Self {
            pause: 300,
            duration: 1800,
            observations: 40,
            open: 16,
            other_document: 0.65,
            other_topic: 0.45,
        }
    }
}

/// A stretch of doing one thing in one app or conversation.
#[derive(Clone, Debug, PartialEq)]
pub struct Activity {
    /// The stream it is a part of: [`Origin::thread`].
    pub thread: String,
    /// App, `chat`, or the imported source's name.
    pub app: String,
    /// Title of its first window; empty for conversations.
    pub title: String,
    /// What was open, if that could be told.
    pub document: Option<Document>,
    /// Its first observation.
    pub from: Timestamp,
    /// Its last observation.
    pub to: Timestamp,
    /// Its observations, oldest first.
    pub observations: Vec<ObservationId>,
}

/// Cuts a stream of observations into activities.
#[derive(Clone, Debug, Default)]
pub struct Segmenter {
    limits: Limits,
    /// Least recently used first.
    open: Vec<Open>,
}

#[derive(Clone, Debug)]
struct Open {
    activity: Activity,
    /// Sum of the observations' vectors; empty without vectors.
    sum: Vec<f32>,
}

impl Segmenter {
    /// Nothing open.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            open: Vec::new(),
        }
    }

    /// Takes the next observation (with its unit vector, if it has been embedded) and gives back the activities that ended by it.
    pub fn push(&mut self, observation: &Observation, vector: Option<&[f32]>) -> Vec<Activity> {
        let mut ended = self.end_before(observation.at.plus_seconds(-self.limits.pause));
        let thread = observation.origin.thread();
        let mut next = match self
            .open
            .iter()
            .position(|open| open.activity.thread == thread)
        {
            Some(at) => self.open.remove(at),
            None => Open::new(observation),
        };
        if !next.activity.observations.is_empty() && !self.belongs(&next, observation, vector) {
            ended.push(std::mem::replace(&mut next, Open::new(observation)).activity);
        }
        next.add(observation, vector);
        self.open.push(next);
        if self.open.len() > self.limits.open {
            ended.push(self.open.remove(0).activity);
        }
        ended
    }

    /// Ends and gives back the activities that had their last observation before `moment`.
    pub fn end_before(&mut self, moment: Timestamp) -> Vec<Activity> {
        let (ended, open) = std::mem::take(&mut self.open)
            .into_iter()
            .partition(|open| open.activity.to < moment);
        self.open = open;
        ended.into_iter().map(|open: Open| open.activity).collect()
    }

    /// Ends and gives back everything.
    pub fn finish(&mut self) -> Vec<Activity> {
        std::mem::take(&mut self.open)
            .into_iter()
            .map(|open| open.activity)
            .collect()
    }

    fn belongs(&self, open: &Open, observation: &Observation, vector: Option<&[f32]>) -> bool {
        let activity = &open.activity;
        let in_bounds = activity.observations.len() < self.limits.observations
            && observation.at.millis_since(activity.from) <= self.limits.duration * 1000;
        in_bounds && self.same_subject(open, observation, vector)
    }

    fn same_subject(&self, open: &Open, observation: &Observation, vector: Option<&[f32]>) -> bool {
        let likeness = vector.and_then(|vector| open.likeness(vector));
        match &observation.origin {
            Origin::Screen {
                app, title, url, ..
            } => {
                let shown = document(app, title, url.as_deref());
                let same = match (&open.activity.document, &shown) {
                    (Some(before), Some(now)) => {
                        before.locator == now.locator || before.name == now.name
                    }
                    (None, None) => open.activity.title == *title,
                    _ => false,
                };
                same || likeness.map_or_else(
                    || words_shared(&open.activity.title, title),
                    |likeness| likeness >= self.limits.other_document,
                )
            }
            _ => likeness.is_none_or(|likeness| likeness >= self.limits.other_topic),
        }
    }
}

impl Open {
    fn new(observation: &Observation) -> Self {
        let origin = &observation.origin;
        let document = match origin {
            Origin::Screen {
                app, title, url, ..
            } => document(app, title, url.as_deref()),
            _ => None,
        };
        Self {
            activity: Activity {
                thread: origin.thread(),
                app: origin.app().to_owned(),
                title: origin.title().to_owned(),
                document,
                from: observation.at,
                to: observation.at,
                observations: Vec::new(),
            },
            sum: Vec::new(),
        }
    }

    fn add(&mut self, observation: &Observation, vector: Option<&[f32]>) {
        self.activity.observations.push(observation.id);
        self.activity.to = self.activity.to.max(observation.at);
        if let Some(vector) = vector {
            self.sum.resize(vector.len(), 0.0);
            self.sum
                .iter_mut()
                .zip(vector)
                .for_each(|(sum, part)| *sum += part);
        }
    }

    /// Cosine between `vector` and the mean of the activity; `None` when it has no vector of that kind.
    fn likeness(&self, vector: &[f32]) -> Option<f32> {
        let length = cosine(&self.sum, &self.sum).sqrt();
        (self.sum.len() == vector.len() && length > 0.0).then(|| cosine(&self.sum, vector) / length)
    }
}

/// Whether two titles have at least half of the shorter one's words in common.
fn words_shared(a: &str, b: &str) -> bool {
    let words = |text: &str| {
        text.split(|c: char| !c.is_alphanumeric())
            .filter(|word| word.len() > 2)
            .map(str::to_lowercase)
            .collect::<std::collections::HashSet<_>>()
    };
    let (a, b) = (words(a), words(b));
    let common = a.intersection(&b).count();
    common > 0 && common * 2 >= a.len().min(b.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{chat, screen};

    /// Seconds, app, title, vector.
    type Step<'a> = (i64, &'a str, &'a str, Option<[f32; 2]>);

    fn check(limits: Limits, steps: &[Step<'_>], expected: &[&[usize]]) {
        let mut segmenter = Segmenter::new(limits);
        let (mut activities, mut ids) = (Vec::new(), Vec::new());
        for (at, app, title, vector) in steps {
            let observation = match *app {
                "chat" => chat(*at, title),
                app => screen(*at, app, title, "text"),
            };
            ids.push(observation.id);
            activities.extend(segmenter.push(
                &observation,
                vector.as_ref().map(|vector| vector.as_slice()),
            ));
        }
        activities.extend(segmenter.finish());
        let found: Vec<Vec<usize>> = activities
            .iter()
            .map(|activity| {
                activity
                    .observations
                    .iter()
                    .map(|id| ids.iter().position(|other| other == id).unwrap())
                    .collect()
            })
            .collect();
        assert_eq!(found, expected, "{steps:?}");
    }

    /// M1
    #[test]
    fn activities_end_by_pauses_documents_and_topics() {
        let near = Some([1.0, 0.0]);
        let far = Some([0.0, 1.0]);
        check(
            Limits::default(),
            &[
                (0, "gedit", "a.md", None),
                (60, "gedit", "a.md", None),
                (500, "gedit", "a.md", None),
            ],
            &[&[0, 1], &[2]],
        );
        check(
            Limits::default(),
            &[(0, "gedit", "a.md", near), (10, "gedit", "b.md", far)],
            &[&[0], &[1]],
        );
        check(
            Limits::default(),
            &[(0, "gedit", "a.md", near), (10, "gedit", "b.md", near)],
            &[&[0, 1]],
        );
        check(
            Limits::default(),
            &[
                (0, "chat", "x", near),
                (10, "chat", "y", near),
                (20, "chat", "z", far),
            ],
            &[&[0, 1], &[2]],
        );
        check(
            Limits::default(),
            &[
                (0, "gedit", "a.md", None),
                (1, "xterm", "shell", None),
                (2, "gedit", "a.md", None),
            ],
            &[&[1], &[0, 2]],
        );
    }

    /// M1
    #[test]
    fn activities_and_their_number_are_bounded() {
        let limits = Limits {
            observations: 2,
            open: 1,
            ..Limits::default()
        };
        check(
            limits.clone(),
            &[
                (0, "a", "t", None),
                (1, "a", "t", None),
                (2, "a", "t", None),
            ],
            &[&[0, 1], &[2]],
        );
        check(
            limits,
            &[(0, "a", "t", None), (1, "b", "t", None)],
            &[&[0], &[1]],
        );
        let long: Vec<Step<'_>> = (0..20).map(|n| (n * 200, "a", "t", None)).collect();
        check(
            Limits::default(),
            &long,
            &[
                &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
                &[10, 11, 12, 13, 14, 15, 16, 17, 18, 19],
            ],
        );
    }
}
