//! A language model ready to answer within a schema.

use afterimage_infer::{
    generate::{
        Asked, Completion, Filter, GenerateError, Generation, Options, PromptLookup,
        complete_together,
    },
    grammar::{GrammarError, Grammars},
    model::{LanguageModel, Sequence},
    prompt::{Message, Prompt},
};
use serde_json::Value;

/// The text that questions are answered in. A question leaves what thinking has read where it is, and the other way round.
const CHAT: Sequence = Sequence(0);
/// The first of the texts that thinking goes on in.
const THOUGHTS: Sequence = Sequence(1);

/// A language model and what is compiled for its vocabulary: make one when the model is loaded, and keep it.
pub struct Thinker {
    model: Box<dyn LanguageModel>,
    grammars: Grammars,
}

/// Something to be filled in.
pub(crate) struct Form {
    /// The JSON it is held to.
    pub(crate) schema: Value,
    /// What it is filled in from.
    pub(crate) messages: Vec<Message>,
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
        let prompt = self.prompt(fixed, rest);
        self.model.switch(CHAT);
        let generation =
            Generation::start(self.model.as_mut(), &prompt, options, vec![], interrupted)?;
        // An answer quotes the notes it was given.
        Ok(generation.with_draft(PromptLookup::default()))
    }

    /// Fills in each of `forms`, side by side; `fixed` messages come before all of them.
    pub(crate) fn fill_in(
        &mut self,
        forms: &[Form],
        fixed: &[Message],
        options: &Options,
        interrupted: &dyn Fn() -> bool,
    ) -> Result<Vec<Completion>, GenerateError> {
        let mut asked = forms
            .iter()
            .map(|form| self.asked(form, fixed))
            .collect::<Result<Vec<_>, _>>()?;
        if forms.len() > 1 {
            let model = self.model.as_mut();
            return complete_together(model, THOUGHTS, asked, options, interrupted);
        }
        let Some((prompt, filters)) = asked.pop() else {
            return Ok(vec![]);
        };
        self.model.switch(THOUGHTS);
        let generation =
            Generation::start(self.model.as_mut(), &prompt, options, filters, interrupted)?;
        // Most of what is filled in was given, or is like what was filled in before.
        let completion = generation.with_draft(PromptLookup::default()).complete()?;
        Ok(vec![completion])
    }

    fn asked(&self, form: &Form, fixed: &[Message]) -> Result<Asked<'static>, GrammarError> {
        let grammar: Box<dyn Filter> = Box::new(self.grammars.json(&form.schema)?);
        Ok((self.prompt(fixed, &form.messages), vec![grammar]))
    }

    fn prompt(&self, fixed: &[Message], rest: &[Message]) -> Prompt {
        let model = self.model.as_ref();
        Prompt::chat(model.tokenizer(), model.chat_format(), fixed, rest)
    }
}
