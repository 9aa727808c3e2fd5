//! A language model on the processor, with the state of several texts.

use std::num::NonZero;
use std::path::Path;
use std::sync::Arc;

use half::f16;

use super::attention::Run;
use super::layers::{Layers, On, Scratch, Wanted};
use super::memory::Memory;
use super::pool::Pool;
use super::processor::Instructions;
use crate::gguf::Header;
use crate::model::{LanguageModel, ModelError, Sequence, check};
use crate::pages::{PAGE, Page, Pages};
use crate::prompt::ChatFormat;
use crate::saved;
use crate::shape::Shape;
use crate::tokenizer::{Token, Tokenizer};
use crate::weights::{LoadError, WeightFile};

/// Tokens passed through the layers at once when reading a prompt.
const CHUNK: usize = 256;
/// Texts of full length whose state there is room for.
const TEXTS: usize = 4;

/// A model whose weights are in memory.
pub struct Decoder {
    layers: Layers,
    tokenizer: Arc<Tokenizer>,
    chat_format: ChatFormat,
    pool: Pool,
    with: Instructions,
    pages: Pages,
    memory: Memory,
    scratch: Scratch,
    logits: Vec<f32>,
}

impl Decoder {
    /// Loads the model in the file at `path` whose checked header is `header`, with room for `context` tokens or as many
    /// as the model was trained for, whichever is less. It computes on `threads` threads.
    pub fn load(
        path: &Path,
        header: &Header,
        tokenizer: Arc<Tokenizer>,
        chat_format: ChatFormat,
        context: usize,
        threads: NonZero<usize>,
    ) -> Result<Decoder, LoadError> {
        let shape = Shape::of(header, context)?;
        let file = WeightFile::open(path, header)?;
        let layers = Layers::load(&file, shape, tokenizer.vocabulary_size())?;
        Ok(Decoder {
            pages: Pages::new(Pages::most_for(layers.shape.context, TEXTS)),
            memory: Memory::new(&layers.shape),
            layers,
            tokenizer,
            chat_format,
            pool: Pool::new(threads),
            with: Instructions::best(),
            scratch: Scratch::default(),
            logits: Vec::new(),
        })
    }

    /// Computes with other instructions than the best.
    #[cfg(test)]
    pub fn with(mut self, with: Instructions) -> Decoder {
        self.with = with;
        self
    }

    fn check(&self, tokens: &[Token]) -> Result<(), ModelError> {
        let held = self.pages.held().len();
        check(
            held,
            tokens,
            self.layers.shape.context,
            self.layers.vocabulary(),
        )
    }

    /// Makes room in the current text for tokens to come.
    fn reserve(&mut self, count: usize) -> Result<(), ModelError> {
        let copy = self.pages.reserve(count).map_err(|_| ModelError::NoRoom)?;
        self.memory.grow(self.pages.touched());
        if let Some(copy) = copy {
            self.memory.copy(copy);
        }
        Ok(())
    }

    /// Reads `tokens` after those held, leaving the hidden rows that are `wanted` of the last chunk.
    fn read(&mut self, tokens: &[Token], wanted: Wanted) -> Result<(), ModelError> {
        self.check(tokens)?;
        self.reserve(tokens.len())?;
        let chunks = tokens.chunks(CHUNK);
        let last = chunks.len() - 1;
        for (at, chunk) in chunks.enumerate() {
            let wanted = if at == last { wanted } else { Wanted::Nothing };
            let run = Run {
                table: self.pages.table(),
                start: self.pages.held().len(),
                count: chunk.len(),
            };
            let on = On {
                pool: &self.pool,
                with: self.with,
            };
            self.layers.pass(
                on,
                &mut self.memory,
                &mut self.scratch,
                &[run],
                chunk,
                wanted,
            );
            self.pages.extend(chunk);
        }
        Ok(())
    }

    /// Makes room for one token in each of several texts; returns their pages and how many tokens they hold.
    fn reserve_each(
        &mut self,
        next: &[(Sequence, Token)],
    ) -> Result<Vec<(Vec<Page>, usize)>, ModelError> {
        let mut tables = Vec::new();
        for (sequence, token) in next {
            self.pages.switch(*sequence);
            self.check(&[*token])?;
            self.reserve(1)?;
            tables.push((self.pages.table().to_vec(), self.pages.held().len()));
        }
        // Room for one text may have been taken from another.
        for ((sequence, _), (_, held)) in next.iter().zip(&tables) {
            self.pages.switch(*sequence);
            if self.pages.held().len() != *held {
                return Err(ModelError::NoRoom);
            }
        }
        Ok(tables)
    }

    fn score(&mut self) {
        let on = On {
            pool: &self.pool,
            with: self.with,
        };
        self.layers.score(on, &mut self.scratch, &mut self.logits);
    }

    /// What saved state must agree with.
    fn kind(&self) -> String {
        format!("cpu {:?}", self.layers.shape)
    }
}

impl LanguageModel for Decoder {
    fn tokenizer(&self) -> &Arc<Tokenizer> {
        &self.tokenizer
    }

    fn chat_format(&self) -> ChatFormat {
        self.chat_format
    }

    fn describe(&self) -> String {
        match self.pool.threads() {
            1 => format!("processor ({}), 1 thread", self.with.name()),
            threads => format!("processor ({}), {threads} threads", self.with.name()),
        }
    }

    fn context_length(&self) -> usize {
        self.layers.shape.context
    }

    fn switch(&mut self, sequence: Sequence) {
        self.pages.switch(sequence);
    }

    fn held(&self) -> &[Token] {
        self.pages.held()
    }

    fn rewind(&mut self, tokens: &[Token]) -> usize {
        self.pages.rewind(tokens)
    }

    fn truncate(&mut self, length: usize) {
        self.pages.truncate(length);
    }

    fn keep_prefix(&mut self) {
        self.pages.keep();
    }

    fn prefill(&mut self, tokens: &[Token]) -> Result<(), ModelError> {
        match tokens.is_empty() {
            true => Ok(()),
            false => self.read(tokens, Wanted::Nothing),
        }
    }

    fn decode(&mut self, tokens: &[Token]) -> Result<&[f32], ModelError> {
        if tokens.is_empty() {
            return Err(ModelError::Empty);
        }
        self.read(tokens, Wanted::Last)?;
        self.score();
        Ok(&self.logits)
    }

    fn verify(&mut self, tokens: &[Token]) -> Result<&[f32], ModelError> {
        if tokens.is_empty() {
            return Err(ModelError::Empty);
        }
        self.check(tokens)?;
        let mut scores = Vec::new();
        for chunk in tokens.chunks(CHUNK) {
            self.read(chunk, Wanted::All)?;
            self.score();
            scores.extend_from_slice(&self.logits);
        }
        self.logits = scores;
        Ok(&self.logits)
    }

    fn decode_batch(&mut self, next: &[(Sequence, Token)]) -> Result<Vec<f32>, ModelError> {
        if next.is_empty() {
            return Err(ModelError::Empty);
        }
        let before = self.pages.current();
        let tables = self.reserve_each(next);
        self.pages.switch(before);
        let tables = tables?;
        let runs: Vec<Run> = tables
            .iter()
            .map(|(table, start)| Run {
                table,
                start: *start,
                count: 1,
            })
            .collect();
        let tokens: Vec<Token> = next.iter().map(|(_, token)| *token).collect();
        let on = On {
            pool: &self.pool,
            with: self.with,
        };
        self.layers.pass(
            on,
            &mut self.memory,
            &mut self.scratch,
            &runs,
            &tokens,
            Wanted::All,
        );
        for (sequence, token) in next {
            self.pages.switch(*sequence);
            self.pages.extend(&[*token]);
        }
        self.pages.switch(before);
        self.score();
        Ok(self.logits.clone())
    }

    fn forget_oldest(&mut self, tokens: usize) -> Result<usize, ModelError> {
        let Some(slide) = self.pages.slide(tokens.div_ceil(PAGE)) else {
            return Ok(0);
        };
        self.memory.grow(self.pages.touched());
        for copy in slide.copies {
            self.memory.copy(copy);
        }
        let turn = self.layers.rotation.turn_back(slide.tokens);
        for page in &self.pages.table()[1..] {
            self.memory.change_keys(*page, &turn);
        }
        Ok(slide.tokens)
    }

    fn save(&mut self) -> Result<Vec<u8>, ModelError> {
        let pages = &self.pages.table()[..self.pages.held().len().div_ceil(PAGE)];
        let numbers = pages.iter().flat_map(|page| self.memory.page(*page));
        let state = numbers.flat_map(|number| number.to_le_bytes()).collect();
        Ok(saved::pack(&self.kind(), self.pages.held(), state))
    }

    fn restore(&mut self, saved: &[u8]) -> Result<(), ModelError> {
        let (tokens, state) = saved::unpack(&self.kind(), saved)?;
        let (count, size) = (tokens.len().div_ceil(PAGE), self.memory.page_size());
        if state.len() != count * size * 2 {
            return Err(ModelError::Saved("it is cut short".into()));
        }
        check(
            0,
            &tokens,
            self.layers.shape.context,
            self.layers.vocabulary(),
        )?;
        self.pages.truncate(0);
        self.reserve(tokens.len())?;
        for (page, bytes) in self.pages.table().iter().zip(state.chunks_exact(size * 2)) {
            let numbers = self.memory.page_mut(*page).iter_mut();
            for (number, bytes) in numbers.zip(bytes.as_chunks::<2>().0) {
                *number = f16::from_le_bytes(*bytes);
            }
        }
        self.pages.extend(&tokens);
        Ok(())
    }
}
