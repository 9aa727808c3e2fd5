//! Programs that are not ours and may ask: what the owner grants each, and what they asked for.

use crate::{ClientId, Kind, Observation, Timestamp, Trust};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A program the owner lets in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Client {
    /// Its identity.
    pub id: ClientId,
    /// What the owner calls it.
    pub name: String,
    /// What it may do.
    pub grant: Grant,
    /// When it was let in.
    pub made_at: Timestamp,
    /// Its token opens nothing from then on.
    pub expires_at: Timestamp,
    /// When it last asked for something.
    pub last_used: Option<Timestamp>,
    /// When the owner took its token back.
    pub revoked_at: Option<Timestamp>,
}

impl Client {
    /// Whether its token opens anything at `now`.
    pub fn is_admitted(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && now < self.expires_at
    }
}

/// What a client may do. What is not named here it may not: no settings, no forgetting, no export, no keys, no vault, no clients.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// Memories of these kinds may be read. The vault never.
    pub kinds: Vec<Kind>,
    /// The texts themselves may be read too: windows, chat turns, imported lines.
    pub observations: bool,
    /// Only what is at least so trusted.
    pub min_trust: Trust,
    /// Only what was seen, said or happened in the last so many days; `None`: of any age.
    pub max_age_days: Option<u32>,
    /// Nothing of these apps, by name, whatever the case of its Latin letters, and nothing that rests on them.
    pub apps_left_out: Vec<String>,
    /// It may hand in memories, with the trust of a client.
    pub propose: bool,
    /// It may hand in turns of its own conversations.
    pub chat: bool,
}

impl Default for Grant {
    /// What is harmless to most: what is known and what happened, nothing of unknown hands, nothing raw, and nothing written.
    fn default() -> Self {
        Self {
            kinds: vec![Kind::Episodic, Kind::Semantic],
            observations: false,
            min_trust: Trust::OwnWindow,
            max_age_days: None,
            apps_left_out: vec![],
            propose: false,
            chat: false,
        }
    }
}

impl Grant {
    /// What it lets be read at `now`.
    pub fn bounds(&self, now: Timestamp) -> Bounds {
        let kinds = self.kinds.iter().copied();
        Bounds {
            kinds: kinds.filter(|kind| *kind != Kind::Vault).collect(),
            observations: self.observations,
            min_trust: self.min_trust,
            since: self
                .max_age_days
                .map(|days| now.plus_seconds(-86_400 * i64::from(days))),
            apps_left_out: self
                .apps_left_out
                .iter()
                .map(|app| app.to_ascii_lowercase())
                .collect(),
        }
    }
}

/// What may be read at most, whatever is asked: a second condition beside the wishes of a [`crate::Filter`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Memories of these kinds; none when empty.
    pub kinds: Vec<Kind>,
    /// Observations too.
    pub observations: bool,
    /// At least so trusted.
    pub min_trust: Trust,
    /// Not from before; nor may anything behind a memory be.
    pub since: Option<Timestamp>,
    /// Not from these apps, in lower case; nor may anything behind a memory be.
    pub apps_left_out: Vec<String>,
}

impl Bounds {
    /// Whether an observation that was not searched for itself lies inside.
    pub fn allow(&self, observation: &Observation) -> bool {
        let app = observation.origin.app().to_ascii_lowercase();
        self.observations
            && observation.trust >= self.min_trust
            && self.since.is_none_or(|since| observation.at >= since)
            && !self.apps_left_out.contains(&app)
    }
}

/// One line of the access log: what one program asked for on one day. It holds numbers and names of requests, never content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AccessLine {
    /// Midnight of the day, UTC.
    pub day: Timestamp,
    /// The client; `None` for a program of the owner's own.
    pub client: Option<ClientId>,
    /// What it is called.
    pub reader: String,
    /// The request's name, as in the protocol.
    pub request: String,
    /// How often it was asked for.
    pub asked: u32,
    /// How often it was refused.
    pub refused: u32,
    /// Memories, texts, pictures and turns that were handed out.
    pub items: u32,
    /// When first that day.
    pub first: Timestamp,
    /// When last that day.
    pub last: Timestamp,
}
