//! `cargo xtask golden`: writes what llama.cpp makes of our models into `tests/golden`, where the tests of inference
//! compare themselves with it. `tests/golden/README.md` says what is in the files.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use flate2::{Compression, GzBuilder};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::models;
use crate::peer::Peers;
use crate::shell;

const MODELS: [&str; 2] = ["smollm2-135m-instruct", "qwen2.5-coder-0.5b-instruct"];
const PROMPTS: [&str; 3] = ["plain", "chat", "long"];
/// More would only wait for each other on a busy machine.
const THREADS: &str = "1";

/// Writes all golden files anew.
pub fn run() -> Result<()> {
    let peers = Peers::prepare()?;
    let folder = shell::root().join("tests/golden");
    write_tokens(&peers, &folder)?;
    for model in MODELS {
        write_logits(&peers, &folder, model)?;
    }
    Ok(())
}

fn weights(model: &str) -> PathBuf {
    models::cache().join(model).join("model.gguf")
}

/// One line for each text: the text, then a hash of its tokens for each model, as a JSON array.
fn write_tokens(peers: &Peers, folder: &Path) -> Result<()> {
    let script = folder.join("make_lines.py");
    let texts = output(Command::new("python3").arg(&script), &[])?;
    // llama.cpp leaves out the normalisation that the tokenizer of Qwen begins with, so it gets normalised texts.
    let normalised = output(Command::new("python3").arg(&script).arg("--nfc"), &[])?;
    let hashes = [&texts, &normalised]
        .into_iter()
        .zip(MODELS)
        .map(|(texts, model)| token_hashes(peers, model, texts))
        .collect::<Result<Vec<_>>>()?;
    let texts: Vec<&str> = std::str::from_utf8(&texts)?
        .split_terminator('\0')
        .collect();
    let file = File::create(folder.join("tokens.jsonl.gz"))?;
    // No time and no name in the header: the same content is the same file.
    let mut file = GzBuilder::new().write(file, Compression::best());
    for (at, text) in texts.iter().enumerate() {
        let line = serde_json::to_string(&(text, &hashes[0][at], &hashes[1][at]))?;
        writeln!(file, "{line}")?;
    }
    file.finish()?;
    eprintln!("{} texts", texts.len());
    Ok(())
}

/// The first 32 bits of the SHA-256 of each text's token numbers, little-endian words, in hexadecimal.
fn token_hashes(peers: &Peers, model: &str, texts: &[u8]) -> Result<Vec<String>> {
    let mut reference = Command::new(&peers.reference);
    reference.arg("tokens").arg(weights(model));
    let lines = String::from_utf8(output(&mut reference, texts)?)?;
    lines.lines().map(token_hash).collect()
}

fn token_hash(numbers: &str) -> Result<String> {
    let mut hash = Sha256::new();
    for number in numbers.split_whitespace() {
        hash.update(number.parse::<u32>()?.to_le_bytes());
    }
    Ok(hash.finalize()[..4]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect())
}

fn write_logits(peers: &Peers, folder: &Path, model: &str) -> Result<()> {
    eprintln!(
        "{model}: unpacking the weights, then {} prompts",
        PROMPTS.len()
    );
    // Beside the program that writes it: two gigabytes that a folder in memory might not hold.
    let scratch = peers.reference.with_file_name(format!("{model}-f32.gguf"));
    let prompts = PROMPTS.map(|name| folder.join("prompts").join(format!("{name}.txt")));
    let mut reference = Command::new(&peers.reference);
    reference
        .arg("logits")
        .arg(weights(model))
        .arg(&scratch)
        .arg(THREADS)
        .args(&prompts);
    let printed = output(&mut reference, &[]);
    fs::remove_file(&scratch).unwrap_or_default();
    let printed = printed?;
    let results = serde_json::Deserializer::from_slice(&printed).into_iter::<Value>();
    for (result, name) in results.zip(PROMPTS) {
        let path = folder.join("logits").join(format!("{model}.{name}.json"));
        fs::write(&path, serde_json::to_string(&result?)? + "\n")?;
    }
    Ok(())
}

/// What a program prints when it reads `input`.
fn output(command: &mut Command, input: &[u8]) -> Result<Vec<u8>> {
    let name = command.get_program().to_string_lossy().into_owned();
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("`{name}` cannot be started"))?;
    let mut stdin = child.stdin.take().context("no way to write to it")?;
    let output = std::thread::scope(|scope| {
        scope.spawn(move || stdin.write_all(input));
        child.wait_with_output()
    })?;
    ensure!(
        output.status.success(),
        "`{name}` failed ({})",
        output.status
    );
    Ok(output.stdout)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_of_the_numbers_and_not_of_how_they_are_written() {
        let check = |numbers, expected: &str| assert_eq!(token_hash(numbers).unwrap(), expected);
        check("", "e3b0c442");
        check("1", "67abdd72");
        check("1 2", "34fb5c82");
        check(" 1  2 ", "34fb5c82");
        assert!(token_hash("one").is_err());
    }
}
