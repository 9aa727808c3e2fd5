//! What generation does around the model: the same model with and without each of it.

use std::time::Instant;

use afterimage_infer::generate::{Filter, Generation, Options, PromptLookup, complete_together};
use afterimage_infer::grammar::{Grammar, Grammars};
use afterimage_infer::model::{LanguageModel, Sequence};
use afterimage_infer::models::{ModelFolder, OpenOptions};
use afterimage_infer::prompt::{Message, Prompt};
use serde_json::json;

use crate::Result;
use crate::table::{cell, median, ratio};

const MODEL: &str = "qwen2.5-coder-0.5b-instruct";
const WRITTEN: usize = 64;
const SIDE_BY_SIDE: usize = 8;
const NOTE: &str = "Invoice 2026-1187\nFrom: Keller Plumbing, Seefeldstrasse 12, 8008 Zurich\nTo: Ada Brandt, Basel\n\
    Item: replacing the kitchen tap, 2 hours at 120.00\nItem: tap, model KWC Luna, 172.50\nTotal: 412.50 CHF\n\
    Due: 20 November 2026\nAccount: CH93 0076 2011 6238 5295 7";

/// Prints the table.
pub fn print(rounds: usize) -> Result<()> {
    let folder = ModelFolder::from_environment();
    let mut model = folder.open_language_model(MODEL, &OpenOptions::default())?;
    let model = model.as_mut();
    let (grammar, list, copy) = (grammar(model)?, nouns(model), copy(model));
    let mut cases: [(&str, Vec<f64>); 6] = [
        ("a list", vec![]),
        ("the list held to a JSON schema", vec![]),
        ("a copy of its prompt", vec![]),
        ("the copy, with guesses looked up in the prompt", vec![]),
        ("8 answers, one after the other", vec![]),
        ("the 8 side by side", vec![]),
    ];
    for _ in 0..rounds {
        let speeds = [
            written(model, &list, None, false)?,
            written(model, &list, Some(&grammar), false)?,
            written(model, &copy, None, false)?,
            written(model, &copy, None, true)?,
            in_turn(model)?,
            together(model)?,
        ];
        cases
            .iter_mut()
            .zip(speeds)
            .for_each(|((_, measured), speed)| measured.push(speed));
    }
    println!("\n### Around the model: {MODEL}, {WRITTEN} tokens");
    println!("| written | tokens/s | x the row above |\n|---|---|---|");
    for pair in cases.chunks(2) {
        let speeds = [0, 1].map(|at| median(pair[at].1.clone()));
        println!("| {} | {} | |", pair[0].0, cell(speeds[0]));
        println!(
            "| {} | {} | {} |",
            pair[1].0,
            cell(speeds[1]),
            ratio(speeds[1], speeds[0])
        );
    }
    Ok(())
}

fn options() -> Options {
    Options {
        max_tokens: WRITTEN,
        ..Options::default()
    }
}

fn ask(model: &dyn LanguageModel, system: &str, question: &str) -> Prompt {
    Prompt::chat(
        model.tokenizer(),
        model.chat_format(),
        &[Message::system(system)],
        &[Message::user(question)],
    )
}

fn nouns(model: &dyn LanguageModel) -> Prompt {
    ask(
        model,
        "Answer in JSON.",
        "List a hundred different English nouns as {\"words\": [...]}.",
    )
}

fn copy(model: &dyn LanguageModel) -> Prompt {
    ask(model, "Repeat what you are given, word for word.", NOTE)
}

fn grammar(model: &dyn LanguageModel) -> Result<Grammar> {
    let word = json!({"type": "string", "maxLength": 12});
    let schema = json!({
        "type": "object",
        "properties": {"words": {"type": "array", "items": word, "minItems": 40}},
        "required": ["words"],
        "additionalProperties": false
    });
    Ok(Grammars::new(model.tokenizer())?.json(&schema)?)
}

/// Tokens a second after the prompt is read.
fn written(
    model: &mut dyn LanguageModel,
    prompt: &Prompt,
    grammar: Option<&Grammar>,
    looked_up: bool,
) -> Result<f64> {
    let filters = grammar
        .map(|grammar| Box::new(grammar.clone()) as Box<dyn Filter>)
        .into_iter()
        .collect();
    let mut generation = Generation::start(model, prompt, &options(), filters, &|| false)?;
    if looked_up {
        generation = generation.with_draft(PromptLookup::default());
    }
    let begun = Instant::now();
    generation.by_ref().try_for_each(|piece| piece.map(drop))?;
    Ok(generation.tokens().len() as f64 / begun.elapsed().as_secs_f64())
}

fn questions(model: &dyn LanguageModel) -> Vec<Prompt> {
    let about = |n: usize| format!("Tell a long story about {n} ducks.");
    (0..SIDE_BY_SIDE)
        .map(|n| ask(model, "You tell stories.", &about(n)))
        .collect()
}

/// Tokens a second of several answers, reading their prompts included.
fn in_turn(model: &mut dyn LanguageModel) -> Result<f64> {
    let (begun, mut tokens) = (Instant::now(), 0);
    for prompt in questions(model) {
        let generation = Generation::start(model, &prompt, &options(), vec![], &|| false)?;
        tokens += generation.complete()?.generated_tokens;
    }
    Ok(tokens as f64 / begun.elapsed().as_secs_f64())
}

/// The same, side by side.
fn together(model: &mut dyn LanguageModel) -> Result<f64> {
    let asked = questions(model)
        .into_iter()
        .map(|prompt| (prompt, vec![]))
        .collect();
    let begun = Instant::now();
    let completions = complete_together(model, Sequence(1), asked, &options(), &|| false)?;
    model.switch(Sequence::default());
    let tokens: usize = completions
        .iter()
        .map(|completion| completion.generated_tokens)
        .sum();
    Ok(tokens as f64 / begun.elapsed().as_secs_f64())
}
