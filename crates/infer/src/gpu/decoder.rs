//! A decoder-only transformer of the families `qwen2` and `llama` on a graphics adapter, by the kernels in `shaders/`.

mod language;

use std::path::Path;
use std::sync::Arc;

use super::buffers::Buffers;
use super::dispatch::{Call, Dispatch, Pipelines};
use super::load::Weights;
use super::memory::Memory;
use super::plan::{CHUNK, PARTS, Plan, Planner, SCORED, attention_memory};
use super::tune::Tuning;
use super::{Gpu, GpuError};
use crate::gguf::Header;
use crate::model::{ModelError, Sequence, check};
use crate::pages::{Copy, PAGE, Page, Pages};
use crate::prompt::ChatFormat;
use crate::shape::Shape;
use crate::tokenizer::{Token, Tokenizer};
use crate::weights::{LoadError, WeightFile};

/// Texts of a full context there is room for, memory allowing.
const TEXTS: usize = 4;
/// Pages there is memory for at first; it doubles as they come into use.
const FIRST_PAGES: usize = 8;

/// A transformer with its weights and the texts it has read, in the memory of a graphics adapter.
pub struct Decoder {
    gpu: Gpu,
    shape: Shape,
    tokenizer: Arc<Tokenizer>,
    chat_format: ChatFormat,
    weights: Weights,
    buffers: Buffers,
    memory: Memory,
    pipelines: Pipelines,
    tuning: Tuning,
    plan: Plan,
    pages: Pages,
    staging: wgpu::Buffer,
    logits: Vec<f32>,
}

/// What is wanted of the last token of a pass besides its state.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Wanted {
    Nothing,
    /// Its scores.
    Scores,
    /// The scores of all tokens of the pass.
    AllScores,
    /// The token to come next; of those allowed when a mask was written.
    Choice {
        masked: bool,
    },
}

/// A token of a pass.
#[derive(Debug, Clone, Copy)]
struct Place {
    token: Token,
    position: usize,
    /// Where the table of its text begins among the tables of the pass.
    table: usize,
}

impl Decoder {
    /// Loads the model in the file at `path` whose checked header is `header`, with room for `context` tokens or
    /// as many as the model was trained for, whichever is less. Which variants of the kernels are fastest, and what the
    /// driver made of them, is remembered in `folder`; without one, the usual ones are compiled.
    pub fn load(
        gpu: Gpu,
        path: &Path,
        header: &Header,
        (tokenizer, chat_format): (Arc<Tokenizer>, ChatFormat),
        context: usize,
        folder: Option<&Path>,
    ) -> Result<Decoder, LoadError> {
        let shape = Shape::of(header, context)?;
        require_kernels(&gpu, &shape)?;
        require_room(gpu.largest_buffer(), &shape)?;
        let file = WeightFile::open(path, header)?;
        let vocabulary = tokenizer.vocabulary_size();
        let place = || -> Result<(Weights, Buffers, Memory), LoadError> {
            let weights = Weights::load(&gpu, &file, &shape, vocabulary)?;
            let tables = shape.context.div_ceil(PAGE) * SCORED;
            let buffers = Buffers::new(&gpu, &shape, vocabulary, tables)?;
            Ok((weights, buffers, Memory::new(&gpu, &shape, FIRST_PAGES)?))
        };
        let (weights, buffers, memory) = gpu.within_memory(place)??;
        file.require_all_used()?;
        let tuning = match folder {
            Some(folder) => Tuning::fastest(&gpu, weights.main_packing(), folder)?,
            None => Tuning::usual(&gpu),
        };
        let mut decoder = Decoder {
            pages: Pages::new(most_pages(gpu.largest_buffer(), &shape)),
            staging: gpu.readable((SCORED * vocabulary * 4) as u64),
            logits: Vec::new(),
            pipelines: Pipelines::kept_in(gpu.clone(), folder),
            plan: Plan::default(),
            gpu,
            shape,
            tokenizer,
            chat_format,
            weights,
            buffers,
            memory,
            tuning,
        };
        decoder.plan = decoder.planned();
        decoder.pipelines.keep();
        // A kernel that the driver refuses is known now, not when the first question is asked.
        decoder.gpu.wait()?;
        Ok(decoder)
    }

    /// The adapter it is on.
    pub(super) fn gpu(&self) -> &Gpu {
        &self.gpu
    }

    /// What runs for one token, from its row to its scores.
    pub(super) fn steps(&self) -> impl Iterator<Item = &Dispatch> {
        self.plan.one.iter().chain(&self.plan.score_one)
    }

    fn vocabulary(&self) -> usize {
        self.tokenizer.vocabulary_size()
    }

    fn check(&self, tokens: &[Token]) -> Result<(), ModelError> {
        check(
            self.pages.held().len(),
            tokens,
            self.shape.context,
            self.vocabulary(),
        )
    }

    /// Reads all of `tokens`; `wanted` of the last of them, if there is one, is then in `staging`. On an error the
    /// state is unchanged.
    fn read(&mut self, tokens: &[Token], wanted: Wanted) -> Result<(), ModelError> {
        self.check(tokens)?;
        let before = self.pages.held().len();
        let mut left = tokens.chunks(CHUNK).peekable();
        while let Some(chunk) = left.next() {
            let wanted = match left.peek() {
                None => wanted,
                Some(_) => Wanted::Nothing,
            };
            if let Err(error) = self.pass(chunk, wanted) {
                self.pages.truncate(before);
                return Err(error);
            }
        }
        Ok(())
    }

    /// Submits a pass over up to [`CHUNK`] tokens of the current text.
    fn pass(&mut self, tokens: &[Token], wanted: Wanted) -> Result<(), ModelError> {
        self.reserve(tokens.len())?;
        let start = self.pages.held().len();
        let place = |(at, token): (usize, &Token)| Place {
            token: *token,
            position: start + at,
            table: 0,
        };
        let places: Vec<Place> = tokens.iter().enumerate().map(place).collect();
        let steps = match tokens.len() {
            1 => &self.plan.one,
            _ => &self.plan.many,
        };
        self.submit(steps, &places, self.pages.table(), wanted);
        self.pages.extend(tokens);
        Ok(())
    }

    /// Makes room for `tokens` more tokens of the current text.
    fn reserve(&mut self, tokens: usize) -> Result<(), ModelError> {
        let copy = self.pages.reserve(tokens).map_err(|_| ModelError::NoRoom)?;
        let room = self.make_room(copy.as_slice());
        if room.is_err() && copy.is_some() {
            // The part page that was to be copied is not.
            let whole = self.pages.held().len() / PAGE * PAGE;
            self.pages.truncate(whole);
        }
        room
    }

    /// Grows the memory to all pages in use, then makes copies.
    fn make_room(&mut self, copies: &[Copy]) -> Result<(), ModelError> {
        if self.pages.touched() > self.memory.pages() {
            let most = most_pages(self.gpu.largest_buffer(), &self.shape);
            let pages = self.pages.touched().next_power_of_two().min(most);
            let place = || Memory::new(&self.gpu, &self.shape, pages);
            let memory = self
                .gpu
                .within_memory(place)
                .and_then(|memory| memory)
                .map_err(backend)?;
            memory.take_over(&self.gpu, &self.memory);
            self.memory = memory;
            self.plan = self.planned();
        }
        self.memory.copy(&self.gpu, copies);
        Ok(())
    }

    fn planned(&mut self) -> Plan {
        let planner = Planner {
            vocabulary: self.tokenizer.vocabulary_size(),
            pipelines: &mut self.pipelines,
            shape: &self.shape,
            weights: &self.weights,
            buffers: &self.buffers,
            memory: &self.memory,
            tuning: self.tuning,
            workgroup_memory: self.gpu.workgroup_memory(),
        };
        planner.plan()
    }

    /// One submission: `steps` for the tokens at `places`, then what is `wanted` into `staging`.
    fn submit(&self, steps: &[Dispatch], places: &[Place], tables: &[Page], wanted: Wanted) {
        let words = |place: &Place| [place.token, place.position as u32, place.table as u32, 0];
        let words: Vec<[u32; 4]> = places.iter().map(words).collect();
        let call = call(places, wanted);
        self.gpu
            .write(&self.buffers.places, bytemuck::cast_slice(&words));
        self.gpu
            .write(&self.buffers.tables, bytemuck::cast_slice(tables));
        self.gpu
            .write(&self.buffers.call, bytemuck::bytes_of(&call));
        let plan = &self.plan;
        let (score, choose): (&[Dispatch], &[Dispatch]) = match wanted {
            Wanted::Nothing => (&[], &[]),
            Wanted::Scores => (&plan.score_one, &[]),
            Wanted::AllScores => (&plan.score_many, &[]),
            Wanted::Choice { .. } => (&plan.score_one, &plan.choose),
        };
        let from = match wanted {
            Wanted::Choice { .. } => &self.buffers.chosen,
            _ => &self.buffers.logits,
        };
        let bytes = self.staged(places.len(), wanted);
        self.gpu
            .submit(steps.iter().chain(score).chain(choose), &call, |commands| {
                if bytes > 0 {
                    commands.copy_buffer_to_buffer(from, 0, &self.staging, 0, bytes);
                }
            });
    }

    /// Bytes of what is wanted of a pass over `tokens` tokens.
    fn staged(&self, tokens: usize, wanted: Wanted) -> u64 {
        let row = self.vocabulary() as u64 * 4;
        match wanted {
            Wanted::Nothing => 0,
            Wanted::Scores => row,
            Wanted::AllScores => row * tokens as u64,
            Wanted::Choice { .. } => 4,
        }
    }

    /// Waits for what was wanted of the last pass and hands it over as words.
    fn staging_words<T: bytemuck::Pod>(
        &self,
        tokens: usize,
        wanted: Wanted,
        take: impl FnOnce(&[T]),
    ) -> Result<(), ModelError> {
        let bytes = self.staged(tokens, wanted);
        self.gpu
            .read_back(&self.staging, bytes, |bytes| {
                take(bytemuck::cast_slice(bytes))
            })
            .map_err(backend)
    }

    /// Appends the scores that the last pass, over `tokens` tokens, left behind.
    fn take_scores(&mut self, tokens: usize, wanted: Wanted) -> Result<(), ModelError> {
        let mut logits = std::mem::take(&mut self.logits);
        let taken = self.staging_words(tokens, wanted, |scores| logits.extend_from_slice(scores));
        self.logits = logits;
        taken
    }

    /// Forgets what follows the first `length` tokens when `result` is an error: it may never have been computed.
    fn unread<T>(&mut self, length: usize, result: Result<T, ModelError>) -> Result<T, ModelError> {
        if result.is_err() {
            self.pages.truncate(length);
        }
        result
    }

    /// One pass over one token in each of several texts.
    fn batch(&mut self, next: &[(Sequence, Token)]) -> Result<(), ModelError> {
        let mut places = Vec::new();
        let mut tables = Vec::new();
        for (sequence, token) in next {
            self.pages.switch(*sequence);
            self.check(&[*token])?;
            self.reserve(1)?;
            places.push(Place {
                token: *token,
                position: self.pages.held().len(),
                table: tables.len(),
            });
            tables.extend_from_slice(self.pages.table());
        }
        for ((sequence, _), place) in next.iter().zip(&places) {
            self.pages.switch(*sequence);
            if self.pages.held().len() != place.position {
                return Err(ModelError::NoRoom);
            }
        }
        self.submit(&self.plan.batch, &places, &tables, Wanted::AllScores);
        self.take_scores(next.len(), Wanted::AllScores)?;
        for (sequence, token) in next {
            self.pages.switch(*sequence);
            self.pages.extend(&[*token]);
        }
        Ok(())
    }
}

/// What the kernels are told about a pass.
fn call(places: &[Place], wanted: Wanted) -> Call {
    let tokens = places.len();
    let last = places.iter().map(|place| place.position).max().unwrap_or(0);
    let pages = last / PAGE + 1;
    let split_pages = pages.div_ceil((PARTS / tokens).max(1));
    Call {
        tokens: tokens as u32,
        row: tokens as u32 - 1,
        splits: pages.div_ceil(split_pages) as u32,
        split_pages: split_pages as u32,
        masked: u32::from(wanted == Wanted::Choice { masked: true }),
        ..Call::default()
    }
}

/// Fails for sizes the kernels are not made for.
fn require_kernels(gpu: &Gpu, shape: &Shape) -> Result<(), LoadError> {
    const MOST_QUERIES: usize = 64;
    let group = shape.heads / shape.key_heads;
    let fits = attention_memory(shape, group) <= gpu.workgroup_memory() && group <= MOST_QUERIES;
    match shape.head_width.is_multiple_of(8) && fits {
        true => Ok(()),
        false => Err(LoadError::Backend(format!(
            "{group} query heads of {} numbers that share a key head are more than the graphics adapter has room for, \
             or no multiple of 8; open the model on the processor",
            shape.head_width
        ))),
    }
}

/// Pages there may be: for [`TEXTS`] full contexts, or as many as fit a buffer of `largest` bytes.
fn most_pages(largest: u64, shape: &Shape) -> usize {
    let page = shape.state_bytes(PAGE, 2) / shape.layers as u64;
    Pages::most_for(shape.context, TEXTS).min((largest / page) as usize)
}

/// Fails when keys and values of a whole context would not fit one buffer of at most `largest` bytes.
pub(super) fn require_room(largest: u64, shape: &Shape) -> Result<(), LoadError> {
    let most = most_pages(largest, shape) * PAGE;
    match shape.context <= most {
        true => Ok(()),
        false => Err(LoadError::Backend(format!(
            "a context of {} tokens does not fit the graphics adapter: choose one of at most {most}",
            shape.context
        ))),
    }
}

fn backend(error: GpuError) -> ModelError {
    ModelError::Backend(error.to_string())
}
