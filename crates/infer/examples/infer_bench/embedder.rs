//! The embedder beside onnxruntime on the same file: sentences a second, one at a time and 32 at a time.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use afterimage_infer::embed::{Embedder, Purpose};
use afterimage_infer::models::ModelFolder;
use serde_json::json;
use tokenizers::Tokenizer;

use crate::Result;
use crate::table::{cell, median, ratio};

const MODEL: &str = "bge-small-en-v1.5";
const SENTENCES: usize = 128;
const BATCHES: [usize; 2] = [1, 32];
const THREADS: usize = 2;

pub fn print(rounds: usize) -> Result<()> {
    let folder = ModelFolder::from_environment();
    let embedder = folder.open_embedder(MODEL, 256)?;
    let sentences: Vec<String> = (0..SENTENCES)
        .map(|n| format!("On day {n} the team met to talk about the budget, the new office and the train to Basel."))
        .collect();
    let tokens = tokens(&folder.file(MODEL, "tokenizer.json")?, &sentences)?;
    println!(
        "\n### Embedder: {MODEL}, sentences of {} tokens",
        tokens[0].len()
    );
    println!(
        "| at a time | ours, sentences/s | onnxruntime, {THREADS} threads | ratio |\n|---|---|---|---|"
    );
    for batch in BATCHES {
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..rounds {
            ours.push(speed(embedder.as_ref(), &sentences, batch)?);
            if let Some(python) = std::env::var_os("AFTERIMAGE_PEER_PYTHON") {
                let model = folder.file(MODEL, "model.onnx")?;
                theirs.push(onnxruntime(python.into(), &model, &tokens, batch)?);
            }
        }
        let (ours, theirs) = (median(ours), median(theirs));
        println!(
            "| {batch} | {} | {} | {} |",
            cell(ours),
            cell(theirs),
            ratio(ours, theirs)
        );
    }
    Ok(())
}

fn tokens(file: &Path, sentences: &[String]) -> Result<Vec<Vec<u32>>> {
    let tokenizer = Tokenizer::from_file(file).map_err(|error| error.to_string())?;
    let encode = |sentence: &String| {
        let encoding = tokenizer.encode_fast(sentence.as_str(), true);
        encoding.map(|encoding| encoding.get_ids().to_vec())
    };
    let tokens: std::result::Result<_, _> = sentences.iter().map(encode).collect();
    Ok(tokens.map_err(|error: tokenizers::Error| error.to_string())?)
}

fn speed(embedder: &dyn Embedder, sentences: &[String], batch: usize) -> Result<f64> {
    let texts: Vec<&str> = sentences.iter().map(String::as_str).collect();
    embedder.embed(&texts[..batch], Purpose::Document)?;
    let begun = Instant::now();
    for texts in texts.chunks(batch) {
        embedder.embed(texts, Purpose::Document)?;
    }
    Ok(texts.len() as f64 / begun.elapsed().as_secs_f64())
}

/// The same sentences through onnxruntime, which gets their tokens.
fn onnxruntime(python: PathBuf, model: &Path, tokens: &[Vec<u32>], batch: usize) -> Result<f64> {
    let script = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/examples/infer_bench/onnxruntime_bench.py"
    );
    let mut child = Command::new(python)
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let work = json!({"model": model, "threads": THREADS, "batch": batch, "tokens": tokens});
    let mut stdin = child.stdin.take().ok_or("no way to write to Python")?;
    stdin.write_all(work.to_string().as_bytes())?;
    drop(stdin);
    let output = child.wait_with_output()?;
    Ok(String::from_utf8(output.stdout)?.trim().parse()?)
}
