//! Writes where each target begins: `cargo run --release --example seeds`, into `corpus/<target>/`.

use std::fs;
use std::io::Result;
use std::path::Path;

use afterimage_fuzz::{Gguf, Scratch, tiny};
use afterimage_infer::models::{OpenOptions, open_language_model};

fn main() -> Result<()> {
    let mut plain = Gguf::default();
    plain
        .text("general.architecture", "qwen2")
        .texts("names", &["a", "", "ä"])
        .numbers("kinds", &[1, -1, i32::MAX])
        .float("epsilon", 1e-6)
        .tensor("a.weight", &[8, 2])
        .tensor("b.weight", &[4]);
    write("header", "plain", &plain.bytes())?;
    write("header", "empty", &Gguf::default().bytes())?;
    for family in ["qwen2", "llama"] {
        write("header", family, &tiny(family))?;
        write("model", family, &tiny(family))?;
    }
    let file = Scratch::new();
    let opened = open_language_model(file.write(&tiny("qwen2")), &OpenOptions::default());
    let mut model = opened.map_err(std::io::Error::other)?;
    for length in [1, 7, 40] {
        model.truncate(0);
        let tokens: Vec<u32> = (0..length).map(|token| token % 26).collect();
        model.prefill(&tokens).map_err(std::io::Error::other)?;
        let saved = model.save().map_err(std::io::Error::other)?;
        // Without the digests at both ends, which the target puts there.
        let state = &saved[32..saved.len() - 32];
        write("saved_state", &format!("{length}-tokens"), state)?;
    }
    Ok(())
}

fn write(target: &str, name: &str, bytes: &[u8]) -> Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("corpus")
        .join(target);
    fs::create_dir_all(&folder)?;
    fs::write(folder.join(name), bytes)
}
