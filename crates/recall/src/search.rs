//! Asks the store: by words and by meaning, observations and memories apart, and puts the lists on one scale.

use crate::{
    QueryVector,
    confidence::{Cosines, NEAREST},
    fuse::{self, Hits},
    words::Asked,
};
use afterimage_domain::{Filter, Scope};
use afterimage_store::{DocRef, ReadTxn, StoreError};
use std::collections::HashMap;

/// What the store found.
pub struct Found {
    /// Words and meaning together.
    pub hits: Hits,
    /// How telling each word of the question is: more when fewer documents hold it.
    pub rarity: HashMap<String, f64>,
    /// The share that the most telling word of the question has of it, if no document holds that word; 0 if all are held.
    pub unknown: f64,
    /// The cosine of each document found by meaning; empty without vectors.
    pub cosines: HashMap<DocRef, f32>,
}

impl Found {
    /// How near to the question the document ranked first is, and the nearest are.
    pub fn cosines(&self, first: Option<DocRef>) -> Option<Cosines> {
        let mut nearest: Vec<f32> = self.cosines.values().copied().collect();
        nearest.sort_by(|a, b| b.total_cmp(a));
        // What meaning did not find is no nearer than the last that it found.
        let last = *nearest.last()?;
        // Of a small history the nearest few are everything there is.
        let few = if nearest.len() < 4 * NEAREST {
            1
        } else {
            NEAREST
        };
        nearest.truncate(few);
        Some(Cosines {
            first: first.map_or(last, |doc| self.cosines.get(&doc).copied().unwrap_or(last)),
            together: nearest.iter().sum::<f32>() / nearest.len() as f32,
        })
    }
}

/// Everything that passes `filter` and holds words of the question or means something near it.
pub fn everything(
    txn: &ReadTxn<'_>,
    asked: &Asked,
    filter: &Filter,
    vector: Option<QueryVector<'_>>,
) -> Result<Found, StoreError> {
    let held = rarity(txn, asked)?;
    let unknown = unknown(&held);
    let rarity: HashMap<String, f64> = held
        .into_iter()
        .map(|(term, (idf, _))| (term, idf))
        .collect();
    let mut hits = Hits::default();
    let mut meanings = vec![];
    let mut reference = None;
    for scope in [Scope::Observations, Scope::Memories] {
        if filter.scope != Scope::Everything && filter.scope != scope {
            continue;
        }
        let filter = Filter {
            scope,
            ..filter.clone()
        };
        let words = txn.search_words(&asked.text(), &filter, fuse::BY_WORDS)?;
        let coverage = best_coverage(txn, &words, asked, &rarity)?;
        hits.add_words(&words, relative(coverage, reference));
        reference = reference.or(Some(coverage).filter(|_| !words.is_empty()));
        if let Some(QueryVector { model, values }) = vector {
            meanings.push(txn.search_vectors(model, values, &filter, fuse::BY_MEANING)?);
        }
    }
    hits.add_meanings(&meanings);
    Ok(Found {
        hits,
        unknown,
        rarity,
        cosines: meanings.into_iter().flatten().collect(),
    })
}

/// What the rarest word that no document holds counts among all.
fn unknown(rarity: &Rarity) -> f64 {
    let total: f64 = rarity.values().map(|(idf, _)| idf).sum();
    let missing = rarity.values().filter(|(_, holding)| *holding == 0);
    let most = missing.map(|(idf, _)| *idf).fold(0.0, f64::max);
    if total > 0.0 { most / total } else { 0.0 }
}

/// What the best of a second list counts against the best of the first: BM25 of two tables cannot be compared, the share of the question's
/// words that their best documents hold can.
fn relative(coverage: f64, reference: Option<f64>) -> f64 {
    match reference {
        Some(reference) if reference > 0.0 => (coverage / reference).min(1.0),
        _ => 1.0,
    }
}

fn best_coverage(
    txn: &ReadTxn<'_>,
    words: &[(DocRef, f64)],
    asked: &Asked,
    rarity: &HashMap<String, f64>,
) -> Result<f64, StoreError> {
    let text = match words.first() {
        Some((DocRef::Observation(id), _)) => {
            txn.observation(*id)?.map(|observation| observation.text)
        }
        Some((DocRef::Memory(id), _)) => txn
            .memory(*id)?
            .and_then(|memory| memory.content.searchable()),
        None => None,
    };
    Ok(text.map_or(0.0, |text| asked.coverage(&text, rarity)))
}

/// For each term its inverse document frequency, as BM25 has it, and how many documents hold it.
type Rarity = HashMap<String, (f64, u64)>;

fn rarity(txn: &ReadTxn<'_>, asked: &Asked) -> Result<Rarity, StoreError> {
    let all = txn.documents_ever()? as f64;
    let mut rarity = HashMap::new();
    for term in &asked.terms {
        let holding = txn.document_frequency(term, Scope::Everything)?;
        let odds = (all - holding as f64 + 0.5) / (holding as f64 + 0.5);
        rarity.insert(term.clone(), ((1.0 + odds.max(0.0)).ln(), holding));
    }
    Ok(rarity)
}
