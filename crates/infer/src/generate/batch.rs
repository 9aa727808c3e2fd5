//! Several texts generated side by side: the weights are read from memory once for all of them.

use std::collections::VecDeque;

use super::continuation::{Continuation, read_to};
use super::{Completion, End, Filter, GenerateError, Options};
use crate::model::{LanguageModel, Sequence};
use crate::pages::{PAGE, common};
use crate::prompt::Prompt;
use crate::tokenizer::Token;

/// Texts side by side at most. More would wait longer for each token than they gain together.
const SIDE_BY_SIDE: usize = 16;

/// A prompt and the filters its continuation is held to.
pub type Asked<'a> = (Prompt, Vec<Box<dyn Filter + 'a>>);

/// Continues each of `asked` to its end and returns what came of them, in their order. What the prompts begin with alike is
/// read once. As many run side by side as fit one context together, in texts of `model` from `first` on; `model` is left at
/// one of these. The others wait. What was read for a text is dropped when it has ended, and stays when it was interrupted.
///
/// Each is generated with `options`, but ends where the context does. When `interrupted` says so, which is asked before each
/// pass of the model, all that have not ended are [`End::Interrupted`].
pub fn complete_together(
    model: &mut dyn LanguageModel,
    first: Sequence,
    asked: Vec<Asked<'_>>,
    options: &Options,
    interrupted: &dyn Fn() -> bool,
) -> Result<Vec<Completion>, GenerateError> {
    let options = Options {
        past_context: false,
        ..options.clone()
    };
    let mut together = Together::new(first, asked, &options, model.context_length());
    while together.is_unfinished() {
        if interrupted() {
            together.interrupt();
            break;
        }
        together.begin_more(model, interrupted)?;
        together.step(model, interrupted)?;
        together.retire(model);
    }
    let mut ended = together.ended;
    ended.sort_by_key(|(at, _)| *at);
    Ok(ended
        .into_iter()
        .map(|(_, completion)| completion)
        .collect())
}

/// All of the texts, wherever they are on their way.
struct Together<'a, 'o> {
    options: &'o Options,
    waiting: VecDeque<(usize, Asked<'a>)>,
    running: Vec<Running<'a>>,
    ended: Vec<(usize, Completion)>,
    free: Vec<Sequence>,
    /// Tokens the prompts begin with alike.
    shared: usize,
    /// Tokens there is room for besides.
    room: usize,
}

struct Running<'a> {
    at: usize,
    sequence: Sequence,
    /// Room it takes, in tokens.
    needed: usize,
    text: Continuation<'a>,
}

impl<'a, 'o> Together<'a, 'o> {
    fn new(
        first: Sequence,
        asked: Vec<Asked<'a>>,
        options: &'o Options,
        context: usize,
    ) -> Together<'a, 'o> {
        let shared = shared_beginning(&asked);
        let sequences = (0..SIDE_BY_SIDE as u32).rev();
        Together {
            options,
            waiting: asked.into_iter().enumerate().collect(),
            running: Vec::new(),
            ended: Vec::new(),
            free: sequences.map(|at| Sequence(first.0 + at)).collect(),
            shared,
            room: context.saturating_sub(shared),
        }
    }

    fn is_unfinished(&self) -> bool {
        !self.waiting.is_empty() || !self.running.is_empty()
    }

    fn begin_more(
        &mut self,
        model: &mut dyn LanguageModel,
        interrupted: &dyn Fn() -> bool,
    ) -> Result<(), GenerateError> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        while let Some((at, (prompt, filters))) = self.next_that_fits()
            && let Some(sequence) = self.free.pop()
        {
            let needed = self.needed(&prompt);
            model.switch(sequence);
            let text = Continuation::begin(model, &prompt, self.options, filters, interrupted)?;
            self.running.push(Running {
                at,
                sequence,
                needed,
                text,
            });
        }
        // What was left of interrupted texts has served its purpose, or belongs to others.
        for sequence in &self.free {
            model.switch(*sequence);
            model.truncate(0);
        }
        Ok(())
    }

    /// The next that waits, if there is room for it; there always is for a single one.
    fn next_that_fits(&mut self) -> Option<(usize, Asked<'a>)> {
        let (_, (prompt, _)) = self.waiting.front()?;
        let taken: usize = self.running.iter().map(|running| running.needed).sum();
        let fits = self.running.is_empty() || taken + self.needed(prompt) <= self.room;
        (fits && !self.free.is_empty())
            .then(|| self.waiting.pop_front())
            .flatten()
    }

    /// Tokens that a text takes room for: whole pages, and its own copy of the page that the shared beginning ends in.
    fn needed(&self, prompt: &Prompt) -> usize {
        let own = prompt.tokens.len() - self.shared + self.options.max_tokens.min(self.room);
        own.next_multiple_of(PAGE) + PAGE
    }

    /// One token for each text that runs.
    fn step(
        &mut self,
        model: &mut dyn LanguageModel,
        interrupted: &dyn Fn() -> bool,
    ) -> Result<(), GenerateError> {
        let mut texts: Vec<&mut Running> = self
            .running
            .iter_mut()
            .filter(|running| running.text.end().is_none())
            .collect();
        let mut next = Vec::with_capacity(texts.len());
        for running in &texts {
            match running.catch_up(model, interrupted)? {
                Some(token) => next.push((running.sequence, token)),
                None => return Ok(()),
            }
        }
        if next.is_empty() {
            return Ok(());
        }
        let tokenizer = model.tokenizer().clone();
        let scores = model.decode_batch(&next)?;
        let rows = scores.chunks_exact(scores.len() / next.len());
        for (running, row) in texts.iter_mut().zip(rows) {
            running.text.count_pass(0);
            running.text.choose(row, &tokenizer)?;
        }
        Ok(())
    }

    /// Ends all that have not ended, where they are.
    fn interrupt(&mut self) {
        for mut running in self.running.drain(..) {
            running.text.finish(End::Interrupted);
            let completion = running.text.into_completion(String::new());
            self.ended.push((running.at, completion));
        }
        for (at, (prompt, _)) in self.waiting.drain(..) {
            let completion = Completion {
                text: String::new(),
                end: End::Interrupted,
                prompt_tokens: prompt.tokens.len(),
                reused_tokens: 0,
                generated_tokens: 0,
                passes: 0,
            };
            self.ended.push((at, completion));
        }
    }

    /// Takes the texts that have ended out of the model; an interrupted one is likely to be asked for again.
    fn retire(&mut self, model: &mut dyn LanguageModel) {
        let (ended, running) = std::mem::take(&mut self.running)
            .into_iter()
            .partition(|running| running.text.end().is_some());
        self.running = running;
        for Running {
            at, sequence, text, ..
        } in ended
        {
            if text.end() != Some(End::Interrupted) {
                model.switch(sequence);
                model.truncate(0);
            }
            self.free.push(sequence);
            self.ended.push((at, text.into_completion(String::new())));
        }
    }
}

impl Running<'_> {
    /// Has `model` read all but the last token, which it returns: those a grammar forced, and everything if the state had
    /// to make room for another text. `None` when interrupted.
    fn catch_up(
        &self,
        model: &mut dyn LanguageModel,
        interrupted: &dyn Fn() -> bool,
    ) -> Result<Option<Token>, GenerateError> {
        model.switch(self.sequence);
        let Some((last, before)) = self.text.text().split_last() else {
            return Ok(None);
        };
        model.rewind(self.text.text());
        Ok(read_to(model, before, interrupted)?.then_some(*last))
    }
}

/// How many tokens all of the prompts begin with.
fn shared_beginning(asked: &[Asked]) -> usize {
    let Some(((first, _), others)) = asked.split_first() else {
        return 0;
    };
    others
        .iter()
        .fold(first.tokens.len(), |length, (prompt, _)| {
            common(&first.tokens[..length], &prompt.tokens)
        })
}
