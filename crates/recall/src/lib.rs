//! A question and a view of the store in, ranked evidence out.
//!
//! [`recall`] is the whole of it and reads as the list of its steps; each step is a file. Words and vectors find documents, which are
//! fused into one ranking; times named in the question, neighbours in the same thread, and who spoke move them; the ranking is cut to
//! the size asked for. Memories and observations go through the same steps. [`tally`] counts instead of ranking, where a question asks for
//! that. Nothing here knows a model, writes, or reads a clock.

pub mod budget;
pub mod confidence;
pub mod fuse;
mod scene;
mod search;
mod tally;
pub mod time;
pub mod words;

use afterimage_domain::{
    Evidence, EvidenceItem, Filter, Origin, Query, Scope, TimeRange, Timestamp, Trust,
};
use afterimage_store::{DocRef, ReadTxn, StoreError};
use confidence::{Signs, confidence};
use fuse::Hit;
use jiff::tz::TimeZone;
use scene::Scene;
pub use tally::tally;
use time::Mention;
use words::{Asked, without};

/// What is known of the user answers a question when it holds so much of its words.
const ANSWERS: f64 = 0.5;

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub enum RecallError {
    /// The store could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The question as a vector.
#[derive(Clone, Copy, Debug)]
pub struct QueryVector<'v> {
    /// The embedder that made it, by the name under which the store keeps its vectors.
    pub model: &'v str,
    /// Its values.
    pub values: &'v [f32],
}

/// The best evidence for `query`, best first. Without a vector, or before documents have vectors, words alone decide.
pub fn recall(
    query: &Query,
    vector: Option<QueryVector<'_>>,
    txn: &ReadTxn<'_>,
) -> Result<Evidence, RecallError> {
    let mentions = time::mentions(&query.text, query.at, &zone(&query.time_zone));
    let asked = Asked::read(&query.text, &mentions);
    let filter = narrowed(&query.filter, &asked, &mentions);
    let mut found = search::everything(txn, &asked, &filter, vector)?;

    let mut hits = std::mem::take(&mut found.hits);
    let mut scene = Scene::load(txn, &hits.ranked(|_| Timestamp::default()))?;
    let ranges: Vec<TimeRange> = mentions.iter().map(|mention| mention.range).collect();
    hits.prefer_times(&ranges, |doc| scene.at(doc));
    scene.load_sources(txn, &filter)?;
    hits.credit_sources(|memory| scene.sources(memory));
    let best = hits.best(fuse::SPREADING);
    scene.load_neighbours(txn, &best, &filter)?;
    hits.spread(&best, asked.is_broad, |doc| scene.beside(doc));
    hits.lift_threads(&best, |doc| scene.thread(doc));
    hits.prefer_wishes(|doc| scene.is_wish(doc));
    let origin_is = |doc, test: fn(&Asked, &Origin) -> bool| {
        scene.origin(doc).is_some_and(|origin| test(&asked, origin))
    };
    hits.prefer_speakers(
        |doc| origin_is(doc, Asked::asks_for),
        |doc| origin_is(doc, Asked::names),
    );

    let own = |doc| scene.trust(doc).is_some_and(|trust| trust >= Trust::Chat);
    let answers = |doc| {
        own(doc) && scene.is_core(doc) && scene.coverage(doc, &asked, &found.rarity) >= ANSWERS
    };
    if words::asks_about_oneself(&query.text) {
        hits.prefer_own(answers, own);
    }

    hits.let_fade(|doc| scene.weight(doc, &query.fading, query.at));

    let mut ranked = hits.ranked(|doc| scene.at(doc).unwrap_or_default());
    ranked.retain(|hit| in_scope(hit.doc, filter.scope));
    let covered = ranked.iter().take(confidence::LOOKED_AT);
    let coverage = covered.map(|hit| scene.coverage(hit.doc, &asked, &found.rarity));
    let signs = Signs {
        found: ranked.len(),
        coverage: coverage.fold(0.0, f64::max),
        unknown: found.unknown,
        cosines: found.cosines(ranked.first().map(|hit| hit.doc)),
    };
    let items = ranked
        .into_iter()
        .filter_map(|hit| item(hit, &mut scene, &asked));
    Ok(Evidence {
        items: budget::cut(items, query.limit, query.token_budget),
        time: time::hull(&mentions),
        confidence: confidence(signs),
    })
}

/// UTC stands in for a zone this machine does not know: a search with days cut differently is better than none.
fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap_or_else(|_| {
        tracing::warn!("unknown time zone, days are cut in UTC");
        TimeZone::UTC
    })
}

/// A time is a wish, since things are often told later than they happened. It is a condition only where nothing else is asked for.
fn narrowed(filter: &Filter, asked: &Asked, mentions: &[Mention]) -> Filter {
    let time = time::hull(mentions).filter(|_| asked.terms.is_empty());
    Filter {
        time: filter.time.or(time),
        ..filter.clone()
    }
}

fn in_scope(doc: DocRef, scope: Scope) -> bool {
    match doc {
        DocRef::Memory(_) => scope != Scope::Observations,
        DocRef::Observation(_) => scope != Scope::Memories,
    }
}

fn item(hit: Hit, scene: &mut Scene, asked: &Asked) -> Option<EvidenceItem> {
    let found = scene.take(hit.doc)?;
    Some(EvidenceItem {
        hits: asked.hits(&found.text()),
        found,
        score: hit.score as f32,
        word_rank: hit.word_rank,
        meaning_rank: hit.meaning_rank,
        from: None,
    })
}
