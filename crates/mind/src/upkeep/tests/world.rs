//! Memories made by hand, and what becomes of them when proposals are applied as the store would apply them.

use crate::{
    testing::{START, entropy},
    upkeep::*,
};
use afterimage_domain::{Body, MemoryState, NewMemory, Origin, Span, ThreadId, Trust, id::uuid_v7};
use std::collections::BTreeMap;

/// Memories and the observations they rest on.
#[derive(Clone, Debug, Default)]
pub(crate) struct World {
    /// Whether notes are made.
    pub notes: bool,
    pub memories: BTreeMap<MemoryId, Memory>,
    pub observations: BTreeMap<ObservationId, Observation>,
    pub near: Vec<(MemoryId, MemoryId, f32)>,
    pub own: HashSet<MemoryId>,
    pub applied: HashSet<String>,
    pub dismissed: HashSet<String>,
    pub fading: Fading,
    pub now: i64,
}

pub(crate) const DAY: i64 = 86_400;

/// A fact about Ann, said so many seconds after [`START`] by a client program.
pub(crate) fn fact(title: &str, seconds: i64) -> Memory {
    let body = Body::Semantic {
        subject: "Ann".into(),
        learned_from: "chat".into(),
    };
    memory(title, body, seconds)
}

pub(crate) fn memory(title: &str, body: Body, seconds: i64) -> Memory {
    let at = START.plus_seconds(seconds);
    let content = NewMemory {
        title: title.into(),
        details: String::new(),
        body,
        tree_path: vec![],
        tags: vec![],
        sources: vec![],
        trust: Trust::Client,
        confidence: 0.9,
        valid_from: at,
    };
    Memory::new(MemoryId(uuid_v7(at, entropy())), content, at)
}

pub(crate) fn tagged(mut memory: Memory, tag: &str) -> Memory {
    memory.content.tags = vec![tag.to_owned()];
    memory
}

pub(crate) fn trusted(mut memory: Memory, trust: Trust) -> Memory {
    memory.content.trust = trust;
    memory
}

impl World {
    /// A world in which these are stored, each resting on a line that says the same with the same trust.
    pub fn of(memories: impl IntoIterator<Item = Memory>) -> Self {
        let mut world = Self {
            now: 400 * DAY,
            ..Self::default()
        };
        for memory in memories {
            world.add(memory);
        }
        world
    }

    pub fn add(&mut self, mut memory: Memory) -> MemoryId {
        if memory.content.trust < Trust::User && memory.content.sources.is_empty() {
            let text = memory.content.searchable().unwrap_or_default();
            let source = self.said(&text, memory.content.valid_from, memory.content.trust);
            memory.content.sources.push(source);
        }
        let id = memory.id;
        self.memories.insert(id, memory);
        id
    }

    pub fn said(&mut self, text: &str, at: Timestamp, trust: Trust) -> Source {
        let observation = Observation {
            id: ObservationId(uuid_v7(at, entropy())),
            at,
            origin: Origin::Chat {
                thread: ThreadId(uuid_v7(START, [3; 10])),
                by_user: true,
            },
            text: text.into(),
            words: vec![],
            fresh: vec![],
            trust,
            external_id: None,
            redactions: 0,
        };
        let source = Source {
            observation: observation.id,
            span: Span::whole(text),
        };
        self.observations.insert(observation.id, observation);
        source
    }

    pub fn now(&self) -> Timestamp {
        START.plus_seconds(self.now)
    }

    pub fn proposals(&self) -> Vec<Proposal> {
        let active: Vec<Memory> = self
            .memories
            .values()
            .filter(|memory| memory.state == MemoryState::Active)
            .cloned()
            .collect();
        let near = |memory: &Memory| {
            let pairs = self.near.iter();
            pairs
                .filter_map(|(a, b, cosine)| match memory.id {
                    id if id == *a => Some((*b, *cosine)),
                    id if id == *b => Some((*a, *cosine)),
                    _ => None,
                })
                .collect()
        };
        let view = View {
            memories: &active,
            observation: &|id| self.observations.get(&id).cloned(),
            near: &near,
            own: &self.own,
            applied: &self.applied,
            dismissed: &self.dismissed,
        };
        let policy = Policy {
            fading: self.fading.clone(),
            ..policy()
        };
        let mut proposals = upkeep(&view, &policy, self.now(), &|| false);
        proposals.retain(|proposal| self.notes || proposal.reason != Reason::Note);
        proposals
    }

    /// Applies as the store would, with its rules for edits that are not the user's unless he said yes.
    pub fn apply(&mut self, proposal: &Proposal) {
        for edit in &proposal.edits {
            if let Edit::SupersedeBy { old, by, .. } = edit {
                let (old, by) = (&self.memories[old], &self.memories[by]);
                assert!(old.state == MemoryState::Active && by.state == MemoryState::Active);
                assert_eq!(old.kind(), by.kind());
                let is_trusted = by.content.trust >= old.content.trust;
                assert!(
                    is_trusted || proposal.consent == Consent::Ask,
                    "{proposal:?}"
                );
            }
        }
        let now = self.now();
        let made = outcome(
            &proposal.edits,
            &|id| self.memories.get(&id).cloned(),
            &mut || MemoryId(uuid_v7(now, entropy())),
            now,
        );
        for outcome in made {
            self.memories.insert(outcome.after.id, outcome.after);
        }
    }

    /// Applies what waits for nobody, again and again; how often there was something.
    pub fn tidy(&mut self) -> usize {
        self.apply_all(|proposal| proposal.consent == Consent::Safe)
    }

    /// Says yes to everything.
    pub fn agree(&mut self) -> usize {
        self.apply_all(|_| true)
    }

    fn apply_all(&mut self, wanted: impl Fn(&Proposal) -> bool) -> usize {
        for round in 0..50 {
            let mut proposals = self.proposals();
            proposals.retain(|proposal| wanted(proposal));
            if proposals.is_empty() {
                return round;
            }
            for proposal in proposals {
                self.apply(&proposal);
            }
        }
        panic!("it never comes to rest: {:?}", self.proposals());
    }

    /// Titles of what is active, sorted.
    pub fn active(&self) -> Vec<&str> {
        let mut titles: Vec<&str> = self
            .memories
            .values()
            .filter(|memory| memory.state == MemoryState::Active)
            .map(|memory| memory.content.title.as_str())
            .collect();
        titles.sort_unstable();
        titles
    }
}

pub(crate) fn policy() -> Policy {
    Policy {
        zone: TimeZone::UTC,
        fading: Fading::default(),
    }
}
