//! The vectors in memory, for searching by meaning.
//!
//! The truth is in the database; this is a copy in the order of its rows. It is scanned; of many vectors only those whose [`sketch`] is near
//! are looked at whole. Above [`GRAPH_FROM`] vectors a usearch graph grows beside it in idle moments and takes over the wide searches once
//! it holds them all. On closing the copy is sealed into a snapshot that saves reading the rows at the next start. usearch keeps the bytes
//! of removed vectors and believes damaged files: so a graph is thrown away when something is forgotten, never edited, and a snapshot is
//! verified before it is parsed.

mod sketch;

use crate::{
    error::{Result, StoreError},
    table::vector::{self, DocKey, StoredVector},
};
use rusqlite::Connection;
use sketch::Sketches;
use std::{
    cmp::Ordering,
    collections::{HashMap, HashSet},
    sync::Mutex,
};
use usearch::{Index as Graph, IndexOptions, MetricKind, ScalarKind};

/// From so many vectors on a graph is grown. An exact scan of 50,000 vectors of 768 values takes about 10 ms.
pub(crate) const GRAPH_FROM: usize = 50_000;

/// From so many vectors on, only those are compared whole whose sketches are near: at least [`SKETCHED_LEAST`], and one in
/// [`SKETCHED_SHARE`].
const SKETCHED_FROM: usize = 20_000;
const SKETCHED_LEAST: usize = 8_192;
const SKETCHED_SHARE: usize = 64;

/// A document has at most so many vectors.
const PARTS: usize = 64;

/// A filter that leaves fewer than one in so many documents is scanned exactly: a graph walks far to find them.
const NARROW: usize = 5;

/// The vectors of every model.
pub(crate) struct VectorIndex {
    models: HashMap<String, ModelVectors>,
    graph_from: usize,
}

/// The vectors of one model, side by side.
struct ModelVectors {
    dims: usize,
    rows: Vec<i64>,
    docs: Vec<DocKey>,
    scales: Vec<f32>,
    codes: Vec<i8>, // [rows][dims]
    sketches: Sketches,
    graph: Option<GrowingGraph>,
}

/// A graph over the first `grown` vectors. Its keys are database rows.
struct GrowingGraph {
    // The library's own locking has a history of crashes under concurrent use: one search at a time.
    graph: Mutex<Graph>,
    grown: usize,
    /// It still holds vectors that were taken out; they are skipped, and the graph is not kept.
    stale: bool,
}

/// Which documents may be found.
pub(crate) enum Among<'a> {
    /// All of one sign: memories (negative), observations (positive) or both.
    Kinds {
        /// Memories may be found.
        memories: bool,
        /// Observations may be found.
        observations: bool,
    },
    /// Only these.
    Keys(&'a HashSet<DocKey>),
}

impl Among<'_> {
    fn allows(&self, doc: DocKey) -> bool {
        match self {
            Self::Kinds {
                memories,
                observations,
            } => {
                if doc < 0 {
                    *memories
                } else {
                    *observations
                }
            }
            Self::Keys(keys) => keys.contains(&doc),
        }
    }
}

impl VectorIndex {
    /// Without vectors; `graph_from` as in [`GRAPH_FROM`].
    pub fn empty(graph_from: usize) -> Self {
        Self {
            models: HashMap::new(),
            graph_from,
        }
    }

    /// All vectors of the database.
    pub fn read(connection: &Connection, graph_from: usize) -> Result<Self> {
        let mut index = Self::empty(graph_from);
        for (model, name, dims) in vector::models(connection)? {
            let vectors = index.model(&name, dims);
            vector::each(connection, model, |row, doc, scale, codes| {
                vectors.rows.push(row);
                vectors.docs.push(doc);
                vectors.scales.push(scale);
                vectors
                    .codes
                    .extend(codes.iter().take(dims).map(|code| *code as i8));
                vectors.codes.resize(vectors.rows.len() * dims, 0);
            })?;
            vectors.sketches = Sketches::of(&vectors.codes, dims);
        }
        Ok(index)
    }

    /// Adds vectors that were committed.
    pub fn add(&mut self, model: &str, dims: usize, new: &[StoredVector]) {
        let vectors = self.model(model, dims);
        for vector in new {
            vectors.rows.push(vector.row);
            vectors.docs.push(vector.doc);
            vectors.scales.push(vector.scale);
            vectors.codes.extend_from_slice(&vector.codes);
            vectors.sketches.push(&vector.codes);
        }
    }

    /// Takes documents, and vectors by row, out of what is found.
    pub fn remove(&mut self, docs: &HashSet<DocKey>, rows: &HashSet<i64>) {
        for vectors in self.models.values_mut() {
            vectors.keep(|row, doc| !rows.contains(&row) && !docs.contains(&doc));
        }
    }

    /// Throws the graphs away: they keep the bytes of what was taken out.
    pub fn drop_graphs(&mut self) {
        for vectors in self.models.values_mut() {
            vectors.graph = None;
            vectors.codes.shrink_to_fit();
            vectors.sketches.shrink();
        }
    }

    /// Takes out every model but one.
    pub fn keep_model(&mut self, model: &str) {
        self.models.retain(|name, _| name == model);
    }

    /// How many vectors there are.
    pub fn len(&self) -> usize {
        self.models.values().map(|vectors| vectors.rows.len()).sum()
    }

    /// The documents whose vectors are nearest to `query` by cosine, best first; a document counts as its best part.
    pub fn search(
        &self,
        model: &str,
        query: &[f32],
        among: &Among<'_>,
        limit: usize,
    ) -> Result<Vec<(DocKey, f32)>> {
        let Some(vectors) = self.models.get(model) else {
            return Ok(Vec::new());
        };
        if query.len() != vectors.dims {
            return Err(StoreError::Refused(
                "the question's vector is not of this model",
            ));
        }
        let length = query.iter().map(|value| value * value).sum::<f32>().sqrt();
        if !(length.is_finite() && length > 0.0) {
            return Ok(Vec::new());
        }
        let query = Direction::of(query, length);
        match vectors.graph_for(among) {
            Some(graph) => vectors.search_graph(graph, &query, among, limit),
            None => Ok(vectors.scan(&query, among, limit)),
        }
    }

    /// Adds up to `budget` vectors to the graphs that are due; true when something was done.
    pub fn grow(&mut self, budget: usize) -> Result<bool> {
        let from = self.graph_from;
        let mut grew = false;
        for vectors in self.models.values_mut() {
            if vectors.rows.len() >= from {
                grew |= vectors.grow(budget)?;
            }
        }
        Ok(grew)
    }

    /// The copy as bytes, for sealing.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (name, vectors) in &self.models {
            put_bytes(&mut bytes, name.as_bytes());
            bytes.extend((vectors.dims as u64).to_le_bytes());
            bytes.extend((vectors.rows.len() as u64).to_le_bytes());
            bytes.extend(vectors.rows.iter().flat_map(|row| row.to_le_bytes()));
            bytes.extend(vectors.docs.iter().flat_map(|doc| doc.to_le_bytes()));
            bytes.extend(vectors.scales.iter().flat_map(|scale| scale.to_le_bytes()));
            bytes.extend(vector::as_bytes(&vectors.codes));
            put_bytes(&mut bytes, &vectors.graph_bytes());
        }
        bytes
    }

    /// What [`VectorIndex::to_bytes`] wrote; `None` when it is not that.
    pub fn from_bytes(mut bytes: &[u8], graph_from: usize) -> Option<Self> {
        let mut index = Self::empty(graph_from);
        while !bytes.is_empty() {
            let name = String::from_utf8(take_bytes(&mut bytes)?.to_vec()).ok()?;
            let dims = take_number(&mut bytes)? as usize;
            let count = take_number(&mut bytes)? as usize;
            let rows = take_many(&mut bytes, count, i64::from_le_bytes)?;
            let docs = take_many(&mut bytes, count, i64::from_le_bytes)?;
            let scales = take_many(&mut bytes, count, f32::from_le_bytes)?;
            let codes = take_many(&mut bytes, count.checked_mul(dims)?, i8::from_le_bytes)?;
            let graph = GrowingGraph::from_bytes(take_bytes(&mut bytes)?, dims, count);
            let vectors = ModelVectors {
                dims,
                rows,
                docs,
                scales,
                sketches: Sketches::of(&codes, dims),
                codes,
                graph,
            };
            index.models.insert(name, vectors);
        }
        Some(index)
    }

    /// How many vectors of a model there are, and the last row among them: what [`vector::extent`] says when nothing is missing.
    pub fn extent(&self, model: &str) -> (i64, i64) {
        self.models.get(model).map_or((0, 0), |vectors| {
            let last = vectors.rows.iter().copied().max().unwrap_or(0);
            (vectors.rows.len() as i64, last)
        })
    }

    fn model(&mut self, name: &str, dims: usize) -> &mut ModelVectors {
        self.models
            .entry(name.to_owned())
            .or_insert_with(|| ModelVectors {
                dims,
                rows: Vec::new(),
                docs: Vec::new(),
                scales: Vec::new(),
                codes: Vec::new(),
                sketches: Sketches::new(dims),
                graph: None,
            })
    }
}

impl ModelVectors {
    fn vector(&self, place: usize) -> &[i8] {
        &self.codes[place * self.dims..(place + 1) * self.dims]
    }

    fn keep(&mut self, keep: impl Fn(i64, DocKey) -> bool) {
        let kept: Vec<usize> = (0..self.rows.len())
            .filter(|place| keep(self.rows[*place], self.docs[*place]))
            .collect();
        if kept.len() == self.rows.len() {
            return;
        }
        if let Some(graph) = &mut self.graph {
            graph.grown = kept.partition_point(|place| *place < graph.grown);
            graph.stale = true;
        }
        for (to, from) in kept.iter().copied().enumerate() {
            self.rows[to] = self.rows[from];
            self.docs[to] = self.docs[from];
            self.scales[to] = self.scales[from];
            let from = from * self.dims..(from + 1) * self.dims;
            self.codes.copy_within(from, to * self.dims);
        }
        self.rows.truncate(kept.len());
        self.docs.truncate(kept.len());
        self.scales.truncate(kept.len());
        self.codes[kept.len() * self.dims..].fill(0);
        self.codes.truncate(kept.len() * self.dims);
        self.sketches.keep(&kept);
    }

    fn scan(&self, query: &Direction, among: &Among<'_>, limit: usize) -> Vec<(DocKey, f32)> {
        let allowed = |place: usize| among.allows(self.docs[place]);
        let all = 0..self.rows.len();
        let most = (all.len() / SKETCHED_SHARE)
            .max(SKETCHED_LEAST)
            .max(limit.saturating_mul(PARTS));
        let few = || {
            all.clone()
                .filter(|place| allowed(*place))
                .nth(SKETCHED_FROM)
                .is_none()
        };
        if all.len() < SKETCHED_FROM || few() {
            return self.best(query, all.filter(|place| allowed(*place)), limit);
        }
        let near = self.sketches.nearest(&query.values, most, allowed);
        self.best(query, near.into_iter(), limit)
    }

    /// The best documents of the vectors at `places`.
    fn best(
        &self,
        query: &Direction,
        places: impl Iterator<Item = usize>,
        limit: usize,
    ) -> Vec<(DocKey, f32)> {
        let most = limit.saturating_mul(PARTS).max(1024);
        let mut scored: Vec<(DocKey, f32)> = Vec::new();
        let mut least = f32::NEG_INFINITY;
        for place in places {
            let cosine = query.dot(self.vector(place)) * self.scales[place];
            if cosine >= least {
                scored.push((self.docs[place], cosine));
            }
            // What is further away than so many others is not among the best documents.
            if scored.len() == 2 * most {
                scored.select_nth_unstable_by(most - 1, better);
                scored.truncate(most);
                least = scored[most - 1].1;
            }
        }
        best_of_each(scored, limit)
    }

    fn graph_for(&self, among: &Among<'_>) -> Option<&GrowingGraph> {
        let wide = match among {
            Among::Kinds { .. } => true,
            Among::Keys(keys) => keys.len() * NARROW >= self.rows.len(),
        };
        self.graph
            .as_ref()
            .filter(|graph| wide && graph.grown == self.rows.len())
    }

    fn search_graph(
        &self,
        graph: &GrowingGraph,
        query: &Direction,
        among: &Among<'_>,
        limit: usize,
    ) -> Result<Vec<(DocKey, f32)>> {
        // Rows stand in rising order, so a key finds its place by halving.
        let place = |row: u64| self.rows.binary_search(&(row as i64)).ok();
        let allowed = |row: u64| place(row).is_some_and(|place| among.allows(self.docs[place]));
        let graph = graph.graph.lock().unwrap_or_else(|held| held.into_inner());
        let found = graph
            .filtered_search(&query.values, limit.saturating_mul(2), allowed)
            .map_err(defect)?;
        let scored = found
            .keys
            .iter()
            .filter_map(|row| place(*row))
            .map(|place| {
                let cosine = query.dot(self.vector(place)) * self.scales[place];
                (self.docs[place], cosine)
            });
        Ok(best_of_each(scored.collect(), limit))
    }

    fn grow(&mut self, budget: usize) -> Result<bool> {
        let (from, to) = match &self.graph {
            Some(graph) => (graph.grown, self.rows.len().min(graph.grown + budget)),
            None => (0, self.rows.len().min(budget)),
        };
        if from == to && self.graph.is_some() {
            return Ok(false);
        }
        let mut growing = match self.graph.take() {
            Some(graph) => graph,
            None => GrowingGraph::new(self.dims)?,
        };
        {
            let graph = growing
                .graph
                .get_mut()
                .unwrap_or_else(|held| held.into_inner());
            if graph.capacity() < to {
                graph.reserve(to.next_power_of_two()).map_err(defect)?;
            }
            for place in from..to {
                let vector: Vec<f32> = self.vector(place).iter().map(|c| f32::from(*c)).collect();
                graph
                    .add(self.rows[place] as u64, &vector)
                    .map_err(defect)?;
            }
        }
        growing.grown = to;
        self.graph = Some(growing);
        Ok(true)
    }

    /// Only a finished graph is worth keeping.
    fn graph_bytes(&self) -> Vec<u8> {
        let Some(growing) = self
            .graph
            .as_ref()
            .filter(|graph| graph.grown == self.rows.len() && !graph.stale)
        else {
            return Vec::new();
        };
        let graph = growing
            .graph
            .lock()
            .unwrap_or_else(|held| held.into_inner());
        let mut bytes = vec![0; graph.serialized_length()];
        match graph.save_to_buffer(&mut bytes) {
            Ok(()) => bytes,
            Err(_) => Vec::new(),
        }
    }
}

impl GrowingGraph {
    fn new(dims: usize) -> Result<Self> {
        Ok(Self {
            graph: Mutex::new(Graph::new(&options(dims)).map_err(defect)?),
            grown: 0,
            stale: false,
        })
    }

    /// The bytes were sealed by us, so they are a graph of ours.
    fn from_bytes(bytes: &[u8], dims: usize, count: usize) -> Option<Self> {
        if bytes.is_empty() {
            return None;
        }
        let graph = Graph::new(&options(dims)).ok()?;
        graph.load_from_buffer(bytes).ok()?;
        (graph.size() == count).then_some(Self {
            graph: Mutex::new(graph),
            grown: count,
            stale: false,
        })
    }
}

fn defect<E>(_: E) -> StoreError {
    StoreError::Internal {
        what: "vector index",
        code: 0,
    }
}

fn options(dims: usize) -> IndexOptions {
    IndexOptions {
        dimensions: dims,
        metric: MetricKind::Cos,
        quantization: ScalarKind::F16,
        connectivity: 16,
        expansion_add: 128,
        expansion_search: 96,
        multi: false,
    }
}

/// By score, the best first; of equals the lower document.
fn better(a: &(DocKey, f32), b: &(DocKey, f32)) -> Ordering {
    b.1.partial_cmp(&a.1)
        .unwrap_or(Ordering::Equal)
        .then(a.0.cmp(&b.0))
}

/// The best score of each document, best first. Ties are broken by document, so that the same question has the same answer.
fn best_of_each(mut scored: Vec<(DocKey, f32)>, limit: usize) -> Vec<(DocKey, f32)> {
    let mut wanted = limit.saturating_mul(2);
    loop {
        if wanted < scored.len() {
            scored.select_nth_unstable_by(wanted, better);
        }
        let top = wanted.min(scored.len());
        scored[..top].sort_unstable_by(better);
        let mut seen = HashSet::new();
        let best: Vec<_> = scored[..top]
            .iter()
            .filter(|(doc, _)| seen.insert(*doc))
            .take(limit)
            .copied()
            .collect();
        if best.len() == limit || top == scored.len() {
            return best;
        }
        wanted = wanted.saturating_mul(4);
    }
}

/// A question's vector of length 1, also in whole numbers: their products with codes are what a scan spends its time on.
struct Direction {
    values: Vec<f32>,
    /// `values / scale`, at most [`Direction::MOST`]: the sum of a vector's products fits 32 bits.
    codes: Vec<i16>,
    scale: f32,
}

impl Direction {
    const MOST: f32 = 4_095.0;

    fn of(values: &[f32], length: f32) -> Self {
        let values: Vec<f32> = values.iter().map(|value| value / length).collect();
        let largest = values
            .iter()
            .fold(0f32, |most, value| most.max(value.abs()));
        let scale = largest / Self::MOST;
        let code = |value: &f32| (value / scale).round() as i16;
        Self {
            codes: values.iter().map(code).collect(),
            scale,
            values,
        }
    }

    /// The scalar product with a stored vector, without that one's scale.
    fn dot(&self, codes: &[i8]) -> f32 {
        #[cfg(target_arch = "x86_64")]
        if std::arch::is_x86_feature_detected!("avx2") {
            // SAFETY: the processor has these instructions.
            return unsafe { products_avx2(&self.codes, codes) } as f32 * self.scale;
        }
        products(&self.codes, codes) as f32 * self.scale
    }
}

/// The sum of the products; it fits, and a check for that would keep the compiler from making vectors of the loop.
#[inline(always)]
fn products(a: &[i16], b: &[i8]) -> i32 {
    let mut sum = 0i32;
    for (a, b) in a.iter().zip(b) {
        sum = sum.wrapping_add(i32::from(*a).wrapping_mul(i32::from(*b)));
    }
    sum
}

/// The same, compiled for vectors of 256 bits.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn products_avx2(a: &[i16], b: &[i8]) -> i32 {
    products(a, b)
}

fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend((bytes.len() as u64).to_le_bytes());
    out.extend(bytes);
}

fn take_bytes<'b>(bytes: &mut &'b [u8]) -> Option<&'b [u8]> {
    let length = take_number(bytes)? as usize;
    let (taken, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(taken)
}

fn take_number(bytes: &mut &[u8]) -> Option<u64> {
    let (number, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(u64::from_le_bytes(*number))
}

fn take_many<const N: usize, T>(
    bytes: &mut &[u8],
    count: usize,
    read: fn([u8; N]) -> T,
) -> Option<Vec<T>> {
    let (taken, rest) = bytes.split_at_checked(count.checked_mul(N)?)?;
    *bytes = rest;
    let (chunks, _) = taken.as_chunks::<N>();
    Some(chunks.iter().map(|chunk| read(*chunk)).collect())
}
