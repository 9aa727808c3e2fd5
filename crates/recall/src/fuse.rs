//! One ranking out of several: words, meaning, neighbours, time and voice.
//!
//! Scores are sums of shares of the best: the best by words counts 1, the best by meaning [`MEANING`]. Fitted by hand on the development
//! halves of LoCoMo, LongMemEval, LifeBench and BEAM together (`docs/benchmarks.md`, "Recall"); each is on a plateau: halving or doubling
//! it costs about a point.

use afterimage_domain::{TimeRange, Timestamp};
use afterimage_store::DocRef;
use std::collections::HashMap;

/// How many documents words may bring in.
pub const BY_WORDS: usize = 200;
/// How many documents vectors may bring in. The last of them counts 0 by meaning, so this also sets where meaning begins to count.
pub const BY_MEANING: usize = 100;
/// How many of the best pass a share on to their neighbours and threads.
pub const SPREADING: usize = 60;
/// What the best by meaning counts, where the best by words counts 1.
const MEANING: f64 = 0.7;
/// What the turns one and two away in the same thread get of a hit. An answer often stands beside the words that were asked for.
pub const NEIGHBOURS: [f64; 2] = [0.2, 0.1];
/// What every document gets of the best hit of its thread.
const THREAD: f64 = 0.5;
/// How much more a document counts whose time was named.
const IN_TIME: f64 = 1.0;
/// What others say of the user counts so much beside what he said himself.
const OTHERS: f64 = 0.4;
/// How much more the user's turns count in "what did I …", the assistant's in "what did you tell me …".
const VOICE: f64 = 0.6;
/// How much more a turn counts when the question names its speaker.
const NAMED: f64 = 0.4;
/// How much more a standing wish counts ("Always … when I ask about …").
const WISH: f64 = 1.2;
/// How many times more of a hit its neighbours get when a whole course of things is asked for.
const BROAD: f64 = 2.0;
/// What an observation gets of a memory that rests on it.
const MEMORY: f64 = 0.5;

/// A document on its way up or down.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// Which.
    pub doc: DocRef,
    /// More is better.
    pub score: f64,
    /// Its place by words, from 1.
    pub word_rank: Option<u32>,
    /// Its place by meaning, from 1.
    pub meaning_rank: Option<u32>,
}

/// Documents by id, with the scores they have so far.
#[derive(Clone, Debug, Default)]
pub struct Hits(HashMap<DocRef, Hit>);

impl Hits {
    /// Adds a list by words, best first. Its best counts `weight`, the others in proportion to their BM25.
    pub fn add_words(&mut self, words: &[(DocRef, f64)], weight: f64) {
        let best = words
            .first()
            .map_or(1.0, |(_, score)| score.max(f64::MIN_POSITIVE));
        for (rank, (doc, score)) in (1..).zip(words) {
            let hit = self.entry(*doc);
            hit.score += weight * (score / best).clamp(0.0, 1.0);
            hit.word_rank = Some(rank);
        }
    }

    /// Adds lists by meaning, each best first, on one scale: the best of all counts most, the last of the first list nothing. Only differences
    /// of cosines mean something.
    pub fn add_meanings(&mut self, lists: &[Vec<(DocRef, f32)>]) {
        let Some(last) = lists.iter().find_map(|list| list.last()) else {
            return;
        };
        let floor = f64::from(last.1);
        let firsts = lists.iter().filter_map(|list| list.first());
        let span = firsts
            .map(|(_, cosine)| f64::from(*cosine) - floor)
            .fold(0.0, f64::max);
        for list in lists {
            for (rank, (doc, cosine)) in (1..).zip(list.iter()) {
                let above = (f64::from(*cosine) - floor).max(0.0);
                let hit = self.entry(*doc);
                hit.score += MEANING * if span > 0.0 { above / span } else { 1.0 };
                hit.meaning_rank = Some(rank);
            }
        }
    }

    fn entry(&mut self, doc: DocRef) -> &mut Hit {
        self.0.entry(doc).or_insert(Hit {
            doc,
            score: 0.0,
            word_rank: None,
            meaning_rank: None,
        })
    }

    /// Best first; of equals the later one, then by id.
    pub fn ranked(&self, at: impl Fn(DocRef) -> Timestamp) -> Vec<Hit> {
        let mut hits: Vec<Hit> = self.0.values().cloned().collect();
        hits.sort_by(|a, b| {
            b.score
                .total_cmp(&a.score)
                .then_with(|| at(b.doc).cmp(&at(a.doc)))
                .then_with(|| a.doc.cmp(&b.doc))
        });
        hits
    }

    /// The first `count`.
    pub fn best(&self, count: usize) -> Vec<Hit> {
        let mut hits = self.ranked(|_| Timestamp::default());
        hits.truncate(count);
        hits
    }

    /// Counts documents more that lie in one of the ranges.
    pub fn prefer_times(&mut self, ranges: &[TimeRange], at: impl Fn(DocRef) -> Option<Timestamp>) {
        self.scale(|doc| {
            let inside = at(doc).is_some_and(|at| ranges.iter().any(|range| range.contains(at)));
            if inside { 1.0 + IN_TIME } else { 1.0 }
        });
    }

    /// Counts turns more that are of the voice asked for (`voiced`) or of a speaker who is named (`named`).
    pub fn prefer_speakers(
        &mut self,
        voiced: impl Fn(DocRef) -> bool,
        named: impl Fn(DocRef) -> bool,
    ) {
        self.scale(|doc| {
            let voice = if voiced(doc) { 1.0 + VOICE } else { 1.0 };
            voice * if named(doc) { 1.0 + NAMED } else { 1.0 }
        });
    }

    /// Counts standing wishes more: they concern questions that share few words with them.
    pub fn prefer_wishes(&mut self, is_wish: impl Fn(DocRef) -> bool) {
        self.scale(|doc| if is_wish(doc) { 1.0 + WISH } else { 1.0 });
    }

    /// Counts what was not said by the user himself less where what is known of him answers: a planted line can share every word with it.
    pub fn prefer_own(
        &mut self,
        answers: impl Fn(DocRef) -> bool,
        is_own: impl Fn(DocRef) -> bool,
    ) {
        if self.0.values().any(|hit| answers(hit.doc)) {
            self.scale(|doc| if is_own(doc) { 1.0 } else { OTHERS });
        }
    }

    /// Counts documents less by what is left of them, 0 to 1.
    pub fn let_fade(&mut self, left: impl Fn(DocRef) -> f64) {
        self.scale(left);
    }

    fn scale(&mut self, factor: impl Fn(DocRef) -> f64) {
        for hit in self.0.values_mut() {
            hit.score *= factor(hit.doc);
        }
    }

    /// Passes a share of each of `from` on to what stands beside it, at a distance from 1; more for a broad question.
    pub fn spread(
        &mut self,
        from: &[Hit],
        is_broad: bool,
        beside: impl Fn(DocRef) -> Vec<(DocRef, usize)>,
    ) {
        let more = if is_broad { BROAD } else { 1.0 };
        for hit in from {
            for (doc, distance) in beside(hit.doc) {
                let share = more * NEIGHBOURS.get(distance - 1).copied().unwrap_or(0.0);
                self.entry(doc).score += share * hit.score;
            }
        }
    }

    /// Passes a share of the best of each thread among `from` on to all documents of that thread that are known already.
    pub fn lift_threads(&mut self, from: &[Hit], thread: impl Fn(DocRef) -> Option<u32>) {
        let mut best: HashMap<u32, f64> = HashMap::new();
        for hit in from {
            if let Some(thread) = thread(hit.doc) {
                let known = best.entry(thread).or_insert(0.0);
                *known = known.max(hit.score);
            }
        }
        for hit in self.0.values_mut() {
            let lift = thread(hit.doc).and_then(|thread| best.get(&thread));
            hit.score += THREAD * lift.copied().unwrap_or(0.0);
        }
    }

    /// Passes a share of each memory on to the observations it rests on.
    pub fn credit_sources(&mut self, sources: impl Fn(DocRef) -> Vec<DocRef>) {
        for hit in self.0.values().cloned().collect::<Vec<_>>() {
            for source in sources(hit.doc) {
                self.entry(source).score += MEMORY * hit.score;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use afterimage_domain::ObservationId;
    use proptest::prelude::*;

    fn doc(number: u128) -> DocRef {
        DocRef::Observation(ObservationId(uuid::Uuid::from_u128(number)))
    }

    fn order(hits: &Hits) -> Vec<DocRef> {
        let ranked = hits.ranked(|_| Timestamp::default());
        ranked.into_iter().map(|hit| hit.doc).collect()
    }

    fn by_words(list: &[(u128, f64)]) -> Hits {
        let list: Vec<_> = list
            .iter()
            .map(|(number, score)| (doc(*number), *score))
            .collect();
        let mut hits = Hits::default();
        hits.add_words(&list, 1.0);
        hits
    }

    /// M16
    #[test]
    fn what_both_lists_find_comes_before_what_one_finds() {
        let mut hits = by_words(&[(1, 9.0), (2, 8.0)]);
        hits.add_meanings(&[vec![(doc(3), 0.8), (doc(2), 0.79), (doc(4), 0.5)]]);
        assert_eq!(order(&hits), [doc(2), doc(1), doc(3), doc(4)]);
    }

    #[test]
    fn ranks_say_which_list_found_it() {
        let mut hits = by_words(&[(1, 9.0)]);
        hits.add_meanings(&[vec![(doc(2), 0.8)]]);
        let ranks: Vec<_> = hits
            .best(2)
            .iter()
            .map(|hit| (hit.word_rank, hit.meaning_rank))
            .collect();
        assert_eq!(ranks, [(Some(1), None), (None, Some(1))]);
    }

    #[test]
    fn a_neighbour_of_a_strong_hit_passes_a_weak_one() {
        let mut hits = by_words(&[(1, 10.0), (5, 1.5)]);
        hits.spread(&hits.best(1), false, |_| {
            vec![(doc(2), 1), (doc(3), 2), (doc(4), 3)]
        });
        assert_eq!(order(&hits), [doc(1), doc(2), doc(5), doc(3), doc(4)]);
    }

    /// M17
    #[test]
    fn a_named_time_lifts_what_lies_in_it_but_hides_nothing() {
        let mut hits = by_words(&[(1, 10.0), (2, 8.0)]);
        let range = TimeRange {
            from: Timestamp::from_millis(5),
            to: Timestamp::from_millis(9),
        };
        hits.prefer_times(&[range], |found| {
            (found == doc(2)).then(|| Timestamp::from_millis(6))
        });
        assert_eq!(order(&hits), [doc(2), doc(1)]);
    }

    /// M19
    #[test]
    fn the_speaker_asked_about_is_lifted() {
        let mut hits = by_words(&[(1, 10.0), (2, 8.0)]);
        hits.prefer_speakers(|_| false, |found| found == doc(2));
        assert_eq!(order(&hits), [doc(2), doc(1)]);
    }

    /// M20
    #[test]
    fn a_standing_wish_counts_more() {
        let mut hits = by_words(&[(1, 10.0), (2, 6.0)]);
        hits.prefer_wishes(|found| found == doc(2));
        assert_eq!(order(&hits), [doc(2), doc(1)]);
    }

    /// M21
    #[test]
    fn a_broad_question_looks_further_around_its_hits() {
        let around = |is_broad| {
            let mut hits = by_words(&[(1, 10.0), (2, 3.0)]);
            hits.spread(&hits.best(1), is_broad, |_| vec![(doc(3), 1)]);
            order(&hits)
        };
        assert_eq!(around(false), [doc(1), doc(2), doc(3)]);
        assert_eq!(around(true), [doc(1), doc(3), doc(2)]);
    }

    /// M18
    #[test]
    fn a_thread_with_a_strong_hit_is_lifted_as_a_whole() {
        let mut hits = by_words(&[(1, 10.0), (2, 4.0), (3, 3.0)]);
        hits.lift_threads(&hits.best(1), |found| Some(u32::from(found == doc(2))));
        assert_eq!(order(&hits), [doc(1), doc(3), doc(2)]);
    }

    #[test]
    fn a_memory_counts_for_what_it_came_from() {
        let memory = DocRef::Memory(afterimage_domain::MemoryId(uuid::Uuid::nil()));
        let mut hits = by_words(&[(1, 10.0)]);
        hits.add_words(&[(memory, 3.0)], 1.0);
        hits.credit_sources(|found| {
            if found == memory {
                vec![doc(2)]
            } else {
                vec![]
            }
        });
        assert!(order(&hits).contains(&doc(2)));
    }

    #[test]
    fn of_equals_the_later_one_comes_first() {
        let hits = by_words(&[(1, 5.0), (2, 5.0)]);
        let later = |found| Timestamp::from_millis(i64::from(found == doc(2)));
        assert_eq!(hits.ranked(later)[0].doc, doc(2));
    }

    proptest! {
        #[test]
        fn a_list_alone_keeps_its_order(mut scores in proptest::collection::vec(0.1f64..50.0, 1..40)) {
            scores.sort_by(|a, b| b.total_cmp(a));
            scores.dedup();
            let list: Vec<_> = (0..).zip(scores).collect();
            let expected: Vec<_> = list.iter().map(|(number, _)| doc(*number)).collect();
            prop_assert_eq!(order(&by_words(&list)), expected);
        }

        #[test]
        fn a_better_place_in_one_list_never_costs_a_place(cosine in 0.0f32..1.0, more in 0.0f32..0.5) {
            let place = |cosine: f32| {
                let mut hits = by_words(&[(1, 9.0), (2, 6.0), (3, 3.0)]);
                let mut list = vec![(doc(1), 0.9), (doc(3), cosine), (doc(4), 0.0)];
                list.sort_by(|a, b| b.1.total_cmp(&a.1));
                hits.add_meanings(&[list]);
                order(&hits).iter().position(|found| *found == doc(3))
            };
            prop_assert!(place((cosine + more).min(0.9)) <= place(cosine.min(0.9)));
        }
    }
}
