//! Comparison with what llama.cpp makes of the same files: tokens, and logits computed in f32 from the packed weights.
//! `tests/golden/README.md` says how the files were made.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::gguf::Header;
use crate::model::{LanguageModel, most_likely};
use crate::models::{DeviceChoice, ModelFolder, OpenOptions, open_language_model};
use crate::tokenizer::{Token, Tokenizer};

const SMOLLM2: &str = "smollm2-135m-instruct";
const QWEN: &str = "qwen2.5-coder-0.5b-instruct";
const PROMPTS: [&str; 3] = ["plain", "chat", "long"];
/// Tokens read at once along the continuation: 15 MB of logits with the larger vocabulary.
const STRETCH: usize = 25;

/// One prompt and what comes after it.
#[derive(Deserialize)]
struct Golden {
    /// The tokens of the prompt.
    prompt: Vec<Token>,
    /// The most likely next tokens, the likeliest first.
    top: Vec<Token>,
    /// Their logits.
    logits: Vec<f32>,
    /// The greedy continuation.
    continuation: Vec<Token>,
    /// By how much the logit of each of its tokens is above the second.
    margins: Vec<f32>,
}

/// How far a backend may be from exact arithmetic. Rounding activations to 8 bits moves logits by some tenths.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tolerance {
    /// The most that one of the highest logits after the prompt may differ.
    pub logit: f32,
    /// The same, on average over them.
    pub mean: f32,
    /// The continuation's token must be chosen where its margin is above this; elsewhere it must be this close to the
    /// one chosen.
    pub margin: f32,
    /// At most this part of the continuation may be too close to call.
    pub close: f32,
}

/// For weights as they are packed and activations rounded to 8 bits in blocks, twice what was measured.
pub(crate) const PACKED: Tolerance = Tolerance {
    logit: 0.8,
    mean: 0.4,
    margin: 0.4,
    close: 0.2,
};

/// candle rounds more coarsely.
const CANDLE: Tolerance = Tolerance {
    logit: 1.6,
    mean: 0.9,
    margin: 1.2,
    close: 0.5,
};

/// Checks a model against the golden files of `id` for some of [`PROMPTS`].
pub(crate) fn check(
    model: &mut dyn LanguageModel,
    id: &str,
    prompts: &[&str],
    tolerance: Tolerance,
) {
    for name in prompts {
        let golden = read(id, name);
        let text = fs::read_to_string(folder().join("prompts").join(format!("{name}.txt")));
        let tokens = model.tokenizer().encode_trusted(&text.unwrap());
        assert_eq!(tokens, golden.prompt, "{id}, {name}: tokens");
        model.truncate(0);
        let logits = model.decode(&golden.prompt).unwrap().to_vec();
        check_top(&logits, &golden, tolerance, &format!("{id}, {name}"));
        check_continuation(model, &logits, &golden, tolerance, &format!("{id}, {name}"));
    }
}

fn check_top(logits: &[f32], golden: &Golden, tolerance: Tolerance, what: &str) {
    let errors: Vec<f32> = golden
        .top
        .iter()
        .zip(&golden.logits)
        .map(|(token, expected)| (logits[*token as usize] - expected).abs())
        .collect();
    let largest = errors.iter().copied().fold(0.0, f32::max);
    let mean = errors.iter().sum::<f32>() / errors.len() as f32;
    println!("{what}: the highest logits differ by {largest:.3} at most, {mean:.3} on average");
    assert!(
        largest <= tolerance.logit,
        "{what}: {largest} > {tolerance:?}"
    );
    assert!(mean <= tolerance.mean, "{what}: {mean} > {tolerance:?}");
}

/// Reads the golden continuation and compares what the model would have said at each step.
fn check_continuation(
    model: &mut dyn LanguageModel,
    after_prompt: &[f32],
    golden: &Golden,
    tolerance: Tolerance,
    what: &str,
) {
    let (last, read) = golden.continuation.split_last().unwrap();
    let mut shortfalls = vec![shortfall(after_prompt, read[0])];
    let next: Vec<Token> = read[1..].iter().copied().chain([*last]).collect();
    for (read, next) in read.chunks(STRETCH).zip(next.chunks(STRETCH)) {
        let logits = model.verify(read).unwrap();
        let rows = logits.chunks(logits.len() / read.len());
        shortfalls.extend(rows.zip(next).map(|(row, token)| shortfall(row, *token)));
    }
    let excluded = golden
        .margins
        .iter()
        .filter(|margin| **margin <= tolerance.margin)
        .count();
    let chosen = shortfalls.iter().filter(|short| **short == 0.0).count();
    println!(
        "{what}: {chosen} of {} tokens the same, {excluded} too close to call, {:.3} the largest shortfall",
        shortfalls.len(),
        shortfalls.iter().copied().fold(0.0, f32::max)
    );
    for (at, (short, margin)) in shortfalls.iter().zip(&golden.margins).enumerate() {
        let decided = *margin > tolerance.margin;
        assert!(
            if decided {
                *short == 0.0
            } else {
                *short <= tolerance.margin
            },
            "{what}: token {at} falls short by {short}, the margin is {margin}"
        );
    }
    let most = tolerance.close * golden.margins.len() as f32;
    assert!(
        excluded as f32 <= most,
        "{what}: {excluded} are too close to call"
    );
}

/// How far the logit of `token` is below the highest.
fn shortfall(logits: &[f32], token: Token) -> f32 {
    logits[most_likely(logits, None) as usize] - logits[token as usize]
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden")
}

fn read(id: &str, name: &str) -> Golden {
    let path = folder().join("logits").join(format!("{id}.{name}.json"));
    let file = File::open(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_reader(BufReader::new(file)).unwrap()
}

fn weights(id: &str) -> PathBuf {
    ModelFolder::from_environment()
        .file(id, "model.gguf")
        .unwrap_or_else(|error| panic!("{error}"))
}

fn open(id: &str, device: DeviceChoice) -> Box<dyn LanguageModel> {
    let options = OpenOptions {
        device,
        context: 1024,
        ..OpenOptions::default()
    };
    open_language_model(&weights(id), &options).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn the_processor_computes_what_llama_cpp_computes() {
    for id in [SMOLLM2, QWEN] {
        check(open(id, DeviceChoice::Cpu).as_mut(), id, &PROMPTS, PACKED);
    }
}

#[test]
fn our_kernels_compute_what_llama_cpp_computes() {
    let mut model = open(SMOLLM2, DeviceChoice::Gpu);
    // A software adapter takes half a minute for each prompt.
    check(model.as_mut(), SMOLLM2, &PROMPTS[..1], PACKED);
}

#[test]
fn candle_computes_what_llama_cpp_computes() {
    check(
        open(SMOLLM2, DeviceChoice::Reference).as_mut(),
        SMOLLM2,
        &PROMPTS[..2],
        CANDLE,
    );
}

#[test]
fn ten_thousand_texts_become_the_tokens_of_llama_cpp() {
    let tokenizers = [SMOLLM2, QWEN]
        .map(|id| Tokenizer::from_gguf(&Header::open(&weights(id)).unwrap()).unwrap());
    let lines = BufReader::new(GzDecoder::new(
        File::open(folder().join("tokens.jsonl.gz")).unwrap(),
    ));
    let (mut texts, mut different) = (0, Vec::new());
    for line in lines.lines() {
        let (text, smollm2, qwen): (String, String, String) =
            serde_json::from_str(&line.unwrap()).unwrap();
        for (tokenizer, expected) in tokenizers.iter().zip([smollm2, qwen]) {
            let tokens = tokenizer.encode(&text);
            if hash(&tokens) != expected {
                different.push((tokenizer.vocabulary_size(), text.clone(), tokens));
            }
        }
        texts += 1;
    }
    assert!(texts >= 10_000);
    let few = &different[..different.len().min(20)];
    assert!(few.is_empty(), "{} differ: {few:?}", different.len());
}

/// The first 32 bits of the SHA-256 of the tokens, as the golden file has it.
fn hash(tokens: &[Token]) -> String {
    let mut hash = Sha256::new();
    for token in tokens {
        hash.update(token.to_le_bytes());
    }
    let digest = hash.finalize();
    digest[..4]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
