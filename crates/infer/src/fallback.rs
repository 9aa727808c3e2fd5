//! A model that goes on elsewhere when its device fails.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::model::{LanguageModel, ModelError, Sequence};
use crate::prompt::ChatFormat;
use crate::tokenizer::{Token, Tokenizer};

/// Opens the model to go on with; the error is for people.
pub(crate) type Reopen = Box<dyn FnOnce() -> Result<Box<dyn LanguageModel>, String> + Send>;

/// A model on a device that may go away: a driver is updated, a laptop sleeps, memory runs out. When it fails, another
/// model is opened, reads again what the texts held, and does what was asked. It happens once; the second
/// model's failures are the caller's.
pub(crate) struct Fallback {
    model: Box<dyn LanguageModel>,
    reopen: Option<Reopen>,
    current: Sequence,
    /// All texts there ever were.
    texts: BTreeSet<Sequence>,
    logits: Vec<f32>,
}

impl Fallback {
    /// `model` as long as it works, then what `reopen` opens.
    pub fn new(model: Box<dyn LanguageModel>, reopen: Reopen) -> Fallback {
        Fallback {
            model,
            reopen: Some(reopen),
            current: Sequence::default(),
            texts: BTreeSet::from([Sequence::default()]),
            logits: Vec::new(),
        }
    }

    /// Does `act`, if need be on the other model.
    fn act<T>(
        &mut self,
        mut act: impl FnMut(&mut dyn LanguageModel) -> Result<T, ModelError>,
    ) -> Result<T, ModelError> {
        let before = self.held_by_all();
        match act(self.model.as_mut()) {
            Err(ModelError::Backend(reason)) => {
                self.move_on(&reason, before)?;
                act(self.model.as_mut())
            }
            done => done,
        }
    }

    /// What the texts hold. Nothing is copied once there is no other model to read it.
    fn held_by_all(&mut self) -> Vec<(Sequence, Vec<Token>)> {
        if self.reopen.is_none() {
            return Vec::new();
        }
        let model = &mut self.model;
        let hold = |sequence: &Sequence| {
            model.switch(*sequence);
            (*sequence, model.held().to_vec())
        };
        let held = self.texts.iter().map(hold).collect();
        model.switch(self.current);
        held
    }

    fn move_on(
        &mut self,
        reason: &str,
        texts: Vec<(Sequence, Vec<Token>)>,
    ) -> Result<(), ModelError> {
        let failed = || ModelError::Backend(reason.to_owned());
        let reopen = self.reopen.take().ok_or_else(failed)?;
        tracing::warn!(reason, "the device of a model failed; it goes on elsewhere");
        let mut model = reopen().map_err(|other| {
            ModelError::Backend(format!("{reason}; it could not go on elsewhere: {other}"))
        })?;
        for (sequence, tokens) in texts {
            model.switch(sequence);
            model.prefill(&tokens)?;
        }
        model.switch(self.current);
        self.model = model;
        Ok(())
    }

    /// Keeps the scores of `read`, so that they can be lent out whichever model they are of.
    fn scores(
        &mut self,
        mut read: impl FnMut(&mut dyn LanguageModel) -> Result<Vec<f32>, ModelError>,
    ) -> Result<&[f32], ModelError> {
        self.logits = self.act(&mut read)?;
        Ok(&self.logits)
    }
}

impl LanguageModel for Fallback {
    fn tokenizer(&self) -> &Arc<Tokenizer> {
        self.model.tokenizer()
    }

    fn chat_format(&self) -> ChatFormat {
        self.model.chat_format()
    }

    fn describe(&self) -> String {
        self.model.describe()
    }

    fn context_length(&self) -> usize {
        self.model.context_length()
    }

    fn switch(&mut self, sequence: Sequence) {
        self.current = sequence;
        self.texts.insert(sequence);
        self.model.switch(sequence);
    }

    fn held(&self) -> &[Token] {
        self.model.held()
    }

    fn rewind(&mut self, tokens: &[Token]) -> usize {
        self.model.rewind(tokens)
    }

    fn truncate(&mut self, length: usize) {
        self.model.truncate(length);
    }

    fn keep_prefix(&mut self) {
        self.model.keep_prefix();
    }

    fn prefill(&mut self, tokens: &[Token]) -> Result<(), ModelError> {
        self.act(|model| model.prefill(tokens))
    }

    fn decode(&mut self, tokens: &[Token]) -> Result<&[f32], ModelError> {
        self.scores(|model| model.decode(tokens).map(<[f32]>::to_vec))
    }

    fn verify(&mut self, tokens: &[Token]) -> Result<&[f32], ModelError> {
        self.scores(|model| model.verify(tokens).map(<[f32]>::to_vec))
    }

    fn decode_greedy(
        &mut self,
        tokens: &[Token],
        allowed: Option<&[u32]>,
    ) -> Result<Token, ModelError> {
        self.act(|model| model.decode_greedy(tokens, allowed))
    }

    fn decode_batch(&mut self, next: &[(Sequence, Token)]) -> Result<Vec<f32>, ModelError> {
        self.texts
            .extend(next.iter().map(|(sequence, _)| *sequence));
        self.act(|model| model.decode_batch(next))
    }

    fn forget_oldest(&mut self, tokens: usize) -> Result<usize, ModelError> {
        self.act(|model| model.forget_oldest(tokens))
    }

    fn save(&mut self) -> Result<Vec<u8>, ModelError> {
        self.act(|model| model.save())
    }

    /// State of a device that failed is of no use to another; the text is read again by whoever asked.
    fn restore(&mut self, saved: &[u8]) -> Result<(), ModelError> {
        self.act(|model| model.restore(saved))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::candle::Transformer;
    use crate::tiny;

    /// A model that computes until it has been asked `left` times, then fails for good.
    struct Failing {
        model: Transformer,
        left: usize,
    }

    impl Failing {
        fn alive(&mut self) -> Result<&mut Transformer, ModelError> {
            self.left = self
                .left
                .checked_sub(1)
                .ok_or(ModelError::Backend("the device is gone".into()))?;
            Ok(&mut self.model)
        }
    }

    impl LanguageModel for Failing {
        fn tokenizer(&self) -> &Arc<Tokenizer> {
            self.model.tokenizer()
        }
        fn chat_format(&self) -> ChatFormat {
            self.model.chat_format()
        }
        fn describe(&self) -> String {
            "failing".into()
        }
        fn context_length(&self) -> usize {
            self.model.context_length()
        }
        fn switch(&mut self, sequence: Sequence) {
            self.model.switch(sequence);
        }
        fn held(&self) -> &[Token] {
            self.model.held()
        }
        fn rewind(&mut self, tokens: &[Token]) -> usize {
            self.model.rewind(tokens)
        }
        fn truncate(&mut self, length: usize) {
            self.model.truncate(length);
        }
        fn keep_prefix(&mut self) {
            self.model.keep_prefix();
        }
        fn prefill(&mut self, tokens: &[Token]) -> Result<(), ModelError> {
            self.alive()?.prefill(tokens)
        }
        fn decode(&mut self, tokens: &[Token]) -> Result<&[f32], ModelError> {
            self.alive()?.decode(tokens)
        }
        fn verify(&mut self, tokens: &[Token]) -> Result<&[f32], ModelError> {
            self.alive()?.verify(tokens)
        }
        fn decode_batch(&mut self, next: &[(Sequence, Token)]) -> Result<Vec<f32>, ModelError> {
            self.alive()?.decode_batch(next)
        }
        fn forget_oldest(&mut self, tokens: usize) -> Result<usize, ModelError> {
            self.alive()?.forget_oldest(tokens)
        }
        fn save(&mut self) -> Result<Vec<u8>, ModelError> {
            self.alive()?.save()
        }
        fn restore(&mut self, saved: &[u8]) -> Result<(), ModelError> {
            self.alive()?.restore(saved)
        }
    }

    fn reference() -> Transformer {
        let (file, header, tokenizer) = tiny::opened("qwen2");
        let device = candle_core::Device::Cpu;
        let format = ChatFormat::ChatMl;
        Transformer::load(file.path(), &header, tokenizer, format, &device, 4096).unwrap()
    }

    fn failing_after(calls: usize) -> Fallback {
        let model = Failing {
            model: reference(),
            left: calls,
        };
        let reopen: Reopen = Box::new(|| Ok(Box::new(reference())));
        Fallback::new(Box::new(model), reopen)
    }

    /// Reads a text in steps, the scores after each.
    fn answers(model: &mut dyn LanguageModel) -> Vec<Vec<f32>> {
        model.prefill(&tiny::tokens(20)).unwrap();
        model.switch(Sequence(1));
        model.prefill(&[9, 8, 7]).unwrap();
        let batch = model.decode_batch(&[(Sequence(0), 4), (Sequence(1), 5)]);
        model.switch(Sequence(0));
        let one = model.decode(&[1]).unwrap().to_vec();
        let several = model.verify(&[2, 3]).unwrap().to_vec();
        vec![batch.unwrap(), one, several]
    }

    #[test]
    fn whenever_the_device_fails_the_answers_stay_the_same() {
        let expected = answers(&mut reference());
        for calls in 0..6 {
            let mut model = failing_after(calls);
            for (found, expected) in answers(&mut model).iter().zip(&expected) {
                tiny::same(found, expected, 1e-4);
            }
            assert_eq!(model.held().len(), 24);
            assert_eq!(model.describe() == "failing", calls >= 5);
        }
    }

    #[test]
    fn without_another_model_the_first_failure_is_told() {
        let model = Failing {
            model: reference(),
            left: 0,
        };
        let reopen: Reopen = Box::new(|| Err("no memory".into()));
        let mut model = Fallback::new(Box::new(model), reopen);
        let message = model.prefill(&[1]).unwrap_err().to_string();
        assert!(
            message.contains("the device is gone") && message.contains("no memory"),
            "{message}"
        );
    }

    #[test]
    fn what_is_wrong_with_the_request_is_no_reason_to_move() {
        let mut model = failing_after(9);
        assert!(matches!(
            model.prefill(&[100_000]),
            Err(ModelError::NotAToken(_))
        ));
        assert_eq!(model.describe(), "failing");
    }
}
