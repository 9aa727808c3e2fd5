//! What is known of the documents in a ranking: when, where and by whom, and what stands beside them.

use crate::{
    fuse::{Hit, NEIGHBOURS},
    words::Asked,
};
use afterimage_domain::{
    Fading, Filter, Kind, Memory, MemoryId, Observation, ObservationId, Origin, Timestamp, Trust,
};
use afterimage_store::{DocRef, ReadTxn, StoreError};
use std::collections::HashMap;

/// Documents loaded for ranking.
#[derive(Default)]
pub struct Scene {
    observations: HashMap<ObservationId, Observation>,
    memories: HashMap<MemoryId, Memory>,
    threads: HashMap<String, u32>,
    around: HashMap<DocRef, Vec<(DocRef, usize)>>,
}

impl Scene {
    /// Loads the documents of `hits`.
    pub fn load(txn: &ReadTxn<'_>, hits: &[Hit]) -> Result<Self, StoreError> {
        let mut scene = Self::default();
        let memories: Vec<_> = hits.iter().filter_map(|hit| memory(hit.doc)).collect();
        for memory in txn.memories_by_id(&memories)? {
            scene.memories.insert(memory.id, memory);
        }
        let observations: Vec<_> = hits.iter().filter_map(|hit| observation(hit.doc)).collect();
        for observation in txn.observations(&observations)? {
            scene.add(observation);
        }
        Ok(scene)
    }

    /// Loads the sources of memories that `filter` lets through. A note rests on too much to point at any of it.
    pub fn load_sources(&mut self, txn: &ReadTxn<'_>, filter: &Filter) -> Result<(), StoreError> {
        let sources = self
            .memories
            .values()
            .filter(|memory| !memory.content.is_note())
            .flat_map(|memory| &memory.content.sources);
        let missing: Vec<_> = sources
            .map(|source| source.observation)
            .filter(|id| !self.observations.contains_key(id))
            .collect();
        for observation in txn.observations(&missing)? {
            if allows(filter, &observation) {
                self.add(observation);
            }
        }
        Ok(())
    }

    /// Loads what stands beside `hits` in their threads and passes `filter`.
    pub fn load_neighbours(
        &mut self,
        txn: &ReadTxn<'_>,
        hits: &[Hit],
        filter: &Filter,
    ) -> Result<(), StoreError> {
        let reach = NEIGHBOURS.len();
        for (doc, id) in hits
            .iter()
            .filter_map(|hit| Some((hit.doc, observation(hit.doc)?)))
        {
            let neighbours = txn.neighbours(id, reach, reach)?;
            let before = (1..).zip(neighbours.before.into_iter().rev());
            let mut beside = vec![];
            for (distance, neighbour) in before.chain((1..).zip(neighbours.after)) {
                if allows(filter, &neighbour) {
                    beside.push((DocRef::Observation(neighbour.id), distance));
                    self.add(neighbour);
                }
            }
            self.around.insert(doc, beside);
        }
        Ok(())
    }

    fn add(&mut self, observation: Observation) {
        let next = self.threads.len() as u32;
        self.threads
            .entry(observation.origin.thread())
            .or_insert(next);
        self.observations.insert(observation.id, observation);
    }

    /// When it was seen, said or happened.
    pub fn at(&self, doc: DocRef) -> Option<Timestamp> {
        match doc {
            DocRef::Observation(id) => Some(self.observations.get(&id)?.at),
            DocRef::Memory(id) => Some(self.memories.get(&id)?.content.valid_from),
        }
    }

    /// Where an observation comes from.
    pub fn origin(&self, doc: DocRef) -> Option<&Origin> {
        Some(&self.observations.get(&observation(doc)?)?.origin)
    }

    /// How far it is to be believed.
    pub fn trust(&self, doc: DocRef) -> Option<Trust> {
        match doc {
            DocRef::Observation(id) => self.observations.get(&id).map(|seen| seen.trust),
            DocRef::Memory(id) => self.memories.get(&id).map(|memory| memory.content.trust),
        }
    }

    /// Whether it is part of what is known of the user.
    pub fn is_core(&self, doc: DocRef) -> bool {
        memory(doc)
            .and_then(|id| self.memories.get(&id))
            .is_some_and(|memory| memory.kind() == Kind::Core)
    }

    /// Whether somebody wishes there that something be always done.
    pub fn is_wish(&self, doc: DocRef) -> bool {
        let seen = observation(doc).and_then(|id| self.observations.get(&id));
        seen.is_some_and(|seen| {
            seen.text.len() < 600
                && seen.origin.speaker() != "assistant"
                && crate::words::is_standing_wish(&seen.text)
        })
    }

    /// A number for the thread of an observation.
    pub fn thread(&self, doc: DocRef) -> Option<u32> {
        self.threads.get(&self.origin(doc)?.thread()).copied()
    }

    /// What stands beside a document, with the distance from 1.
    pub fn beside(&self, doc: DocRef) -> Vec<(DocRef, usize)> {
        self.around.get(&doc).cloned().unwrap_or_default()
    }

    /// What a memory counts by its use; an observation counts whole.
    pub fn weight(&self, doc: DocRef, fading: &Fading, at: Timestamp) -> f64 {
        let Some(found) = memory(doc).and_then(|id| self.memories.get(&id)) else {
            return 1.0;
        };
        let sources = found.content.sources.iter();
        let apps: Vec<&str> = sources
            .filter_map(|source| self.observations.get(&source.observation))
            .map(|seen| seen.origin.app())
            .collect();
        fading.weight(found, &apps, at).into()
    }

    /// How much of the question a document holds, 0 to 1: in its text, its title or its speaker.
    pub fn coverage(&self, doc: DocRef, asked: &Asked, rarity: &HashMap<String, f64>) -> f64 {
        let text = match doc {
            DocRef::Observation(id) => self.observations.get(&id).map(|seen| {
                let origin = &seen.origin;
                format!("{} {} {}", origin.speaker(), origin.title(), seen.text)
            }),
            DocRef::Memory(id) => self
                .memories
                .get(&id)
                .and_then(|memory| memory.content.searchable()),
        };
        text.map_or(0.0, |text| asked.coverage(&text, rarity))
    }

    /// The loaded observations a memory rests on.
    pub fn sources(&self, doc: DocRef) -> Vec<DocRef> {
        let memory = memory(doc).and_then(|id| self.memories.get(&id));
        let sources = memory
            .into_iter()
            .filter(|memory| !memory.content.is_note())
            .flat_map(|memory| &memory.content.sources);
        let mut ids: Vec<_> = sources
            .map(|source| source.observation)
            .filter(|id| self.observations.contains_key(id))
            .collect();
        ids.sort();
        ids.dedup();
        ids.into_iter().map(DocRef::Observation).collect()
    }

    /// Takes a document out, to hand it on.
    pub fn take(&mut self, doc: DocRef) -> Option<afterimage_domain::Found> {
        use afterimage_domain::Found;
        match doc {
            DocRef::Observation(id) => {
                let observation = self.observations.remove(&id)?;
                Some(Found::Observation { observation })
            }
            DocRef::Memory(id) => {
                let memory = self.memories.remove(&id)?;
                Some(Found::Memory { memory })
            }
        }
    }
}

fn observation(doc: DocRef) -> Option<ObservationId> {
    match doc {
        DocRef::Observation(id) => Some(id),
        DocRef::Memory(_) => None,
    }
}

fn memory(doc: DocRef) -> Option<MemoryId> {
    match doc {
        DocRef::Memory(id) => Some(id),
        DocRef::Observation(_) => None,
    }
}

/// Whether the filter lets an observation through that was not searched for itself.
fn allows(filter: &Filter, observation: &Observation) -> bool {
    let app = filter.apps.is_empty()
        || filter
            .apps
            .iter()
            .any(|app| app == observation.origin.app());
    let bounds = filter.bounds.as_ref();
    app && bounds.is_none_or(|bounds| bounds.allow(observation))
        && filter
            .time
            .is_none_or(|range| range.contains(observation.at))
}
