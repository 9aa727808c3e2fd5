//! Asks the store: by words and by meaning, observations and memories apart, and puts the lists on one scale.

use crate::{
    QueryVector,
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
    /// The cosine of the nearest document.
    pub nearest: Option<f32>,
}

/// Everything that passes `filter` and holds words of the question or means something near it.
pub fn everything(
    txn: &ReadTxn<'_>,
    asked: &Asked,
    filter: &Filter,
    vector: Option<QueryVector<'_>>,
) -> Result<Found, StoreError> {
    let rarity = rarity(txn, asked)?;
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
    let nearest = meanings.iter().filter_map(|list| Some(list.first()?.1));
    Ok(Found {
        hits,
        rarity,
        nearest: nearest.reduce(f32::max),
    })
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

/// The inverse document frequency of each term, as BM25 has it.
fn rarity(txn: &ReadTxn<'_>, asked: &Asked) -> Result<HashMap<String, f64>, StoreError> {
    let all = txn.documents_ever()? as f64;
    let mut rarity = HashMap::new();
    for term in &asked.terms {
        let holding = txn.document_frequency(term, Scope::Everything)? as f64;
        let odds = (all - holding + 0.5) / (holding + 0.5);
        rarity.insert(term.clone(), (1.0 + odds.max(0.0)).ln());
    }
    Ok(rarity)
}
