//! A language model ready to answer within a schema.

use afterimage_infer::{
    generate::{Completion, Filter, GenerateError, Generation, Options},
    grammar::{GrammarError, Grammars},
    model::LanguageModel,
    prompt::{Message, Prompt},
};
use serde_json::Value;

/// A language model and what is compiled for its vocabulary: make one when the model is loaded, and keep it.
pub struct Thinker {
    model: Box<dyn LanguageModel>,
    grammars: Grammars,
}

impl Thinker {
    /// Walks the whole vocabulary: about a second for a large one.
    pub fn new(model: Box<dyn LanguageModel>) -> Result<Self, GrammarError> {
        let grammars = Grammars::new(model.tokenizer())?;
        Ok(Self { model, grammars })
    }

    /// Where the model computes, in words.
    pub fn device(&self) -> String {
        self.model.describe()
    }

    /// The tokens of `text`, counted.
    pub(crate) fn tokens(&self, text: &str) -> usize {
        self.model.tokenizer().encode(text).len()
    }

    /// The most tokens of a prompt and its answer together.
    pub(crate) fn context(&self) -> usize {
        self.model.context_length()
    }

    /// Continues a chat; `fixed` messages are the same each time.
    pub(crate) fn chat<'t>(
        &'t mut self,
        fixed: &[Message],
        rest: &[Message],
        options: &Options,
        interrupted: &'t dyn Fn() -> bool,
    ) -> Result<Generation<'t>, GenerateError> {
        let prompt = Prompt::chat(
            self.model.tokenizer(),
            self.model.chat_format(),
            fixed,
            rest,
        );
        Generation::start(self.model.as_mut(), &prompt, options, vec![], interrupted)
    }

    /// Answers a chat with JSON of `schema`.
    pub(crate) fn fill_in(
        &mut self,
        schema: &Value,
        fixed: &[Message],
        rest: &[Message],
        options: &Options,
        interrupted: &dyn Fn() -> bool,
    ) -> Result<Completion, GenerateError> {
        let prompt = Prompt::chat(
            self.model.tokenizer(),
            self.model.chat_format(),
            fixed,
            rest,
        );
        let grammar: Box<dyn Filter> = Box::new(self.grammars.json(schema)?);
        Generation::start(
            self.model.as_mut(),
            &prompt,
            options,
            vec![grammar],
            interrupted,
        )?
        .complete()
    }
}
