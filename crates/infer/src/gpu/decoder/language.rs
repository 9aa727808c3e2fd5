//! The decoder as a language model: what callers ask, in passes.

use std::sync::Arc;

use super::{Decoder, SCORED, Wanted, backend};
use crate::gpu::dispatch::Call;
use crate::model::{LanguageModel, ModelError, Sequence};
use crate::pages::{Copy, PAGE};
use crate::prompt::ChatFormat;
use crate::saved;
use crate::tokenizer::{Token, Tokenizer};

impl LanguageModel for Decoder {
    fn tokenizer(&self) -> &Arc<Tokenizer> {
        &self.tokenizer
    }

    fn chat_format(&self) -> ChatFormat {
        self.chat_format
    }

    fn describe(&self) -> String {
        self.gpu.describe()
    }

    fn context_length(&self) -> usize {
        self.shape.context
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
        let before = self.held().len();
        self.read(tokens, Wanted::Nothing)?;
        let done = self.gpu.wait().map_err(backend);
        self.unread(before, done)
    }

    fn decode(&mut self, tokens: &[Token]) -> Result<&[f32], ModelError> {
        if tokens.is_empty() {
            return Err(ModelError::Empty);
        }
        let before = self.held().len();
        self.read(tokens, Wanted::Scores)?;
        self.logits.clear();
        let scores = self.take_scores(1, Wanted::Scores);
        self.unread(before, scores)?;
        Ok(&self.logits)
    }

    fn verify(&mut self, tokens: &[Token]) -> Result<&[f32], ModelError> {
        if tokens.is_empty() {
            return Err(ModelError::Empty);
        }
        self.check(tokens)?;
        let before = self.held().len();
        self.logits.clear();
        for chunk in tokens.chunks(SCORED) {
            let pass = self.pass(chunk, Wanted::AllScores);
            let scores = pass.and_then(|()| self.take_scores(chunk.len(), Wanted::AllScores));
            self.unread(before, scores)?;
        }
        Ok(&self.logits)
    }

    fn decode_greedy(
        &mut self,
        tokens: &[Token],
        allowed: Option<&[u32]>,
    ) -> Result<Token, ModelError> {
        if tokens.is_empty() {
            return Err(ModelError::Empty);
        }
        let wanted = Wanted::Choice {
            masked: allowed.is_some(),
        };
        if let Some(allowed) = allowed {
            let mut mask = allowed.to_vec();
            mask.resize(self.vocabulary().div_ceil(32), 0);
            self.gpu
                .write(&self.buffers.mask, bytemuck::cast_slice(&mask));
        }
        let before = self.held().len();
        self.read(tokens, wanted)?;
        let mut chosen = 0;
        let taken = self.staging_words(1, wanted, |words: &[u32]| chosen = words[0]);
        self.unread(before, taken)?;
        Ok(chosen)
    }

    fn decode_batch(&mut self, next: &[(Sequence, Token)]) -> Result<Vec<f32>, ModelError> {
        let before = self.pages.current();
        self.logits.clear();
        let read = next.chunks(SCORED).try_for_each(|chunk| self.batch(chunk));
        self.pages.switch(before);
        read.map(|()| std::mem::take(&mut self.logits))
    }

    fn forget_oldest(&mut self, tokens: usize) -> Result<usize, ModelError> {
        let Some(slide) = self.pages.slide(tokens.div_ceil(PAGE)) else {
            return Ok(0);
        };
        let turned = self.turn_back(slide.tokens, &slide.copies);
        // Keys that were not turned are of other positions: only the first page is still right.
        self.unread(PAGE, turned)?;
        Ok(slide.tokens)
    }

    fn save(&mut self) -> Result<Vec<u8>, ModelError> {
        let pages = self
            .memory
            .read(&self.gpu, self.pages.table())
            .map_err(backend)?;
        Ok(saved::pack(&self.kind(), self.held(), pages))
    }

    fn restore(&mut self, saved: &[u8]) -> Result<(), ModelError> {
        let (tokens, state) = saved::unpack(&self.kind(), saved)?;
        let pages = tokens.len().div_ceil(PAGE) * self.shape.layers;
        if state.len() != pages * self.memory.page_bytes() as usize {
            return Err(ModelError::Saved("it is damaged".into()));
        }
        self.pages.truncate(0);
        self.check(&tokens)?;
        self.reserve(tokens.len())?;
        self.memory.write(&self.gpu, self.pages.table(), state);
        self.pages.extend(&tokens);
        let done = self.gpu.wait().map_err(backend);
        self.unread(0, done)
    }
}

impl Decoder {
    /// Makes the copies, then turns the keys behind the first page back by `tokens` positions.
    fn turn_back(&mut self, tokens: usize, copies: &[Copy]) -> Result<(), ModelError> {
        self.make_room(copies)?;
        let call = Call {
            tokens: (self.held().len() - PAGE) as u32,
            turn: tokens as u32,
            ..Call::default()
        };
        self.gpu.write(
            &self.buffers.tables,
            bytemuck::cast_slice(self.pages.table()),
        );
        self.gpu
            .write(&self.buffers.call, bytemuck::bytes_of(&call));
        self.gpu.submit(&self.plan.turn, &call, |_| {});
        self.gpu.wait().map_err(backend)
    }

    /// What saved state must be of: this backend and a model of these sizes.
    fn kind(&self) -> String {
        format!("wgpu f16 {:?} {}", self.shape, self.vocabulary())
    }
}
