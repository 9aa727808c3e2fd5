//! What holds of generation with a tiny model of made-up weights: any text will do, but the same one each way.

use std::cell::Cell;

use candle_core::Device;
use serde_json::json;

use super::*;
use crate::candle::Transformer;
use crate::gguf::Header;
use crate::grammar::{Grammar, Grammars};
use crate::model::Sequence;
use crate::prompt::ChatFormat;
use crate::tiny;
use crate::tokenizer::Tokenizer;

fn model() -> Transformer {
    let (file, header, tokenizer) = tiny::opened("llama");
    let load = Transformer::load;
    let format = ChatFormat::ChatMl;
    load(file.path(), &header, tokenizer, format, &Device::Cpu, 4096).unwrap()
}

fn prompt(tokens: impl Into<Vec<Token>>) -> Prompt {
    Prompt {
        tokens: tokens.into(),
        fixed: 0,
    }
}

/// Prompts that begin and end in many ways; some repeat themselves.
fn prompts() -> impl Iterator<Item = Prompt> {
    (2..9).map(|n: u32| {
        let tokens: Vec<Token> = (0..n * 3)
            .map(|at| (at % (n + 2)) * (n + 30) % 256)
            .collect();
        prompt(tokens)
    })
}

fn short() -> Options {
    Options {
        max_tokens: 30,
        ..Options::default()
    }
}

fn grammar(model: &dyn LanguageModel) -> Grammar {
    let text = json!({"type": "string", "maxLength": 8});
    let schema = json!({
        "type": "object",
        "properties": {"kind": {"enum": ["event", "fact"]}, "title": text, "names": {"type": "array", "items": text, "maxItems": 2}},
        "required": ["kind", "title", "names"],
        "additionalProperties": false
    });
    let grammars = Grammars::new(model.tokenizer()).unwrap();
    grammars.json(&schema).unwrap()
}

/// The completions of all prompts, one after the other, each from nothing.
fn completions<'a>(
    model: &mut dyn LanguageModel,
    options: &Options,
    filters: impl Fn() -> Vec<Box<dyn Filter + 'a>>,
    draft: impl Fn(Generation<'_>) -> Generation<'_>,
) -> Vec<Completion> {
    let complete = |prompt: Prompt| {
        model.truncate(0);
        let generation = Generation::start(model, &prompt, options, filters(), &|| false).unwrap();
        draft(generation).complete().unwrap()
    };
    prompts().map(complete).collect()
}

fn same_texts(a: &[Completion], b: &[Completion]) {
    for (a, b) in a.iter().zip(b) {
        assert_eq!((&a.text, a.end), (&b.text, b.end));
        assert_eq!(a.generated_tokens, b.generated_tokens);
    }
}

fn passes(completions: &[Completion]) -> usize {
    completions.iter().map(|completion| completion.passes).sum()
}

fn looked_up(generation: Generation<'_>) -> Generation<'_> {
    generation.with_draft(PromptLookup::default())
}

/// Proposes nonsense, and more of it than asked for.
struct Nonsense(Token);

impl Draft for Nonsense {
    fn propose(&mut self, _text: &[Token], most: usize) -> Vec<Token> {
        self.0 += 1;
        (0..most as Token + 3)
            .map(|n| (n * 7 + self.0) % 256)
            .collect()
    }
}

#[test]
fn guessing_changes_how_soon_text_comes_and_not_which() {
    let mut model = model();
    let grammar = grammar(&model);
    let penalised = Options {
        repetition_penalty: 1.3,
        ..short()
    };
    let sampled = Options {
        temperature: 0.9,
        top_p: 0.9,
        seed: 7,
        ..short()
    };
    for options in [short(), penalised, sampled] {
        for held in [false, true] {
            let filters = || match held {
                false => vec![],
                true => vec![Box::new(grammar.clone()) as Box<dyn Filter>],
            };
            let plain = completions(&mut model, &options, filters, |generation| generation);
            let guessed = completions(&mut model, &options, filters, looked_up);
            same_texts(&plain, &guessed);
            assert!(passes(&guessed) <= passes(&plain));
            let misled = completions(&mut model, &options, filters, |generation| {
                generation.with_draft(Nonsense(0))
            });
            same_texts(&plain, &misled);
        }
    }
}

/// Lets seven tokens follow each other in a circle, and nothing else.
struct Circle {
    at: usize,
    mask: [u32; 9],
}

fn circle() -> Vec<Box<dyn Filter>> {
    let mask = [0; 9];
    vec![Box::new(Circle { at: 0, mask })]
}

impl Filter for Circle {
    fn apply(&mut self, logits: &mut [f32], _generated: &[Token]) -> Result<(), GrammarError> {
        let allowed = self.at % 7;
        for (token, logit) in logits.iter_mut().enumerate() {
            if token != 60 + allowed {
                *logit = f32::NEG_INFINITY;
            }
        }
        Ok(())
    }

    fn allowed(&mut self) -> Result<Option<&[u32]>, GrammarError> {
        let allowed = 60 + self.at % 7;
        self.mask = [0; 9];
        self.mask[allowed / 32] = 1 << (allowed % 32);
        Ok(Some(&self.mask))
    }

    fn accept(&mut self, _token: Token) -> Result<Vec<Token>, GrammarError> {
        self.at += 1;
        Ok(Vec::new())
    }
}

#[test]
fn a_text_that_repeats_itself_takes_fewer_passes_than_it_has_tokens() {
    let mut model = model();
    let options = Options {
        max_tokens: 100,
        ..Options::default()
    };
    for temperature in [0.0, 1.0] {
        let options = Options {
            temperature,
            ..options.clone()
        };
        let start = Generation::start(&mut model, &prompt([1]), &options, circle(), &|| false);
        let guessed = looked_up(start.unwrap()).complete().unwrap();
        assert_eq!(guessed.text, "<=>?@AB".repeat(15)[..100]);
        assert!((10..25).contains(&guessed.passes), "{}", guessed.passes);
    }
}

#[test]
fn a_small_model_that_thinks_alike_saves_passes() {
    let (mut large, mut small) = (model(), model());
    let plain = completions(&mut large, &short(), Vec::new, |generation| generation);
    let target = large.tokenizer().clone();
    for (prompt, plain) in prompts().zip(&plain) {
        let draft = SmallModel::new(&mut small, &target).unwrap();
        let guessed = Generation::start(&mut large, &prompt, &short(), vec![], &|| false)
            .unwrap()
            .with_draft(draft)
            .complete()
            .unwrap();
        assert_eq!(guessed.text, plain.text);
        assert!(guessed.passes * 2 <= plain.passes.max(2), "{guessed:?}");
    }
}

#[test]
fn a_small_model_reads_a_long_prompt_in_parts() {
    let mut small = model();
    let target = small.tokenizer().clone();
    let text = tiny::tokens(150);
    let mut draft = SmallModel::new(&mut small, &target).unwrap();
    let proposed = [0; 3].map(|_| draft.propose(&text, 3).len());
    assert_eq!(proposed, [0, 0, 3]);
    let full = tiny::tokens(tiny::CONTEXT as usize);
    assert!(draft.propose(&full, 3).is_empty());
}

#[test]
fn a_draft_with_another_vocabulary_is_refused() {
    let bytes = tiny::bytes("llama", &[]);
    let name = b"<|im_start|>";
    let at = bytes.windows(name.len()).position(|window| window == name);
    let mut other = bytes.clone();
    other[at.unwrap() + 5..][..5].copy_from_slice(b"begin");
    let mut small = model();
    let mut accepted = |bytes: &[u8]| {
        let header = Header::read(bytes, bytes.len() as u64).unwrap();
        let target = Tokenizer::from_gguf(&header).unwrap();
        SmallModel::new(&mut small, &target).is_ok()
    };
    assert!(accepted(&bytes));
    assert!(!accepted(&other));
}

#[test]
fn a_grammar_is_filled_in_whole() {
    let mut model = model();
    let grammar = grammar(&model);
    let options = Options {
        max_tokens: 160,
        temperature: 1.0,
        ..Options::default()
    };
    let filters = || vec![Box::new(grammar.clone()) as Box<dyn Filter>];
    for completion in completions(&mut model, &options, filters, looked_up) {
        let value: serde_json::Value = serde_json::from_str(&completion.text).unwrap();
        assert!(value["names"].is_array(), "{value}");
        assert_eq!(completion.end, End::Stop);
        assert!(completion.passes < completion.generated_tokens);
    }
}

#[test]
fn the_context_ends_a_text_unless_it_may_go_past() {
    let mut model = model();
    let long = prompt(tiny::tokens(tiny::CONTEXT as usize - 20));
    for (past_context, expected) in [(false, 20), (true, 320)] {
        for drafted in [false, true] {
            let options = Options {
                max_tokens: 320,
                past_context,
                ..Options::default()
            };
            let start = Generation::start(&mut model, &long, &options, circle(), &|| false);
            let generation = match drafted {
                true => looked_up(start.unwrap()),
                false => start.unwrap(),
            };
            let completion = generation.complete().unwrap();
            assert_eq!(completion.generated_tokens, expected);
            assert_eq!(completion.end, End::Length);
        }
    }
}

#[test]
fn an_interruption_is_noticed_before_the_next_pass() {
    let mut model = model();
    let long = prompt(tiny::tokens(600));
    let asked = Cell::new(0);
    let interrupted = || asked.replace(asked.get() + 1) >= 3;
    model.truncate(0);
    let completion = Generation::start(&mut model, &long, &short(), vec![], &interrupted)
        .and_then(Generation::complete)
        .unwrap();
    assert_eq!(
        (completion.end, completion.generated_tokens),
        (End::Interrupted, 0)
    );
    assert_eq!(model.held().len(), 3 * READ_AT_ONCE);
}

#[test]
fn a_generation_of_no_tokens_reads_its_prompt_and_ends() {
    let mut model = model();
    let options = Options {
        max_tokens: 0,
        ..Options::default()
    };
    let generation =
        Generation::start(&mut model, &prompt([1, 2, 3]), &options, vec![], &|| false).unwrap();
    let completion = generation.complete().unwrap();
    assert_eq!(completion.end, End::Length);
    assert_eq!((completion.text.as_str(), completion.passes), ("", 0));
    assert_eq!(model.held(), [1, 2]);
}

/// All prompts, each held to a grammar of its own when there is one.
fn asked(grammar: Option<&Grammar>) -> Vec<Asked<'static>> {
    let filters = || -> Vec<Box<dyn Filter>> {
        let held = grammar.map(|grammar| Box::new(grammar.clone()) as Box<dyn Filter>);
        held.into_iter().collect()
    };
    prompts().map(|prompt| (prompt, filters())).collect()
}

#[test]
fn texts_generated_side_by_side_are_those_generated_alone() {
    let mut model = model();
    let grammar = grammar(&model);
    for grammar in [None, Some(&grammar)] {
        let filters = || asked(grammar).remove(0).1;
        let alone = completions(&mut model, &short(), filters, |generation| generation);
        let (first, never) = (Sequence(3), &|| false);
        let together =
            complete_together(&mut model, first, asked(grammar), &short(), never).unwrap();
        assert_eq!(together.len(), alone.len());
        same_texts(&together, &alone);
    }
}

#[test]
fn texts_side_by_side_end_at_an_interruption_with_what_they_have() {
    let mut model = model();
    let calls = Cell::new(0);
    // Each short prompt asks once, then each pass does.
    let interrupted = || calls.replace(calls.get() + 1) >= 20;
    // So long that not all of them fit the context together.
    let options = Options {
        max_tokens: 300,
        ..Options::default()
    };
    let asked = asked(None);
    let done = complete_together(&mut model, Sequence(3), asked, &options, &interrupted).unwrap();
    assert_eq!(done.len(), prompts().count());
    assert!(done[0].generated_tokens > 0);
    assert!(done.iter().all(|done| done.generated_tokens < 20));
    let begun_late = done.last().unwrap();
    assert_eq!((begun_late.end, begun_late.passes), (End::Interrupted, 0));
}

#[test]
fn a_beginning_that_prompts_share_is_read_once() {
    let mut model = model();
    let head = tiny::tokens(200);
    let asked = (0..4).map(|n| {
        let tokens = [head.as_slice(), &[n, n + 1]].concat();
        let prompt = Prompt { tokens, fixed: 200 };
        (prompt, Vec::new())
    });
    let asked: Vec<Asked> = asked.collect();
    let done = complete_together(&mut model, Sequence(3), asked, &short(), &|| false).unwrap();
    let reused: Vec<usize> = done.iter().map(|done| done.reused_tokens).collect();
    assert_eq!(reused, [0, 200, 200, 200]);
}
