//! GGUF files made to measure: small enough to be changed thousands of times a second.

pub mod secrets;

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

/// A GGUF file in the making. Version 3, alignment 32.
#[derive(Default)]
pub struct Gguf {
    metadata: Vec<Vec<u8>>,
    tensors: Vec<(String, Vec<u64>)>,
}

impl Gguf {
    /// Adds a string.
    pub fn text(&mut self, key: &str, value: &str) -> &mut Gguf {
        self.entry(key, 8, &text(value))
    }

    /// Adds a `u32`.
    pub fn number(&mut self, key: &str, value: u32) -> &mut Gguf {
        self.entry(key, 4, &value.to_le_bytes())
    }

    /// Adds an `f32`.
    pub fn float(&mut self, key: &str, value: f32) -> &mut Gguf {
        self.entry(key, 6, &value.to_le_bytes())
    }

    /// Adds an array of strings.
    pub fn texts<T: AsRef<str>>(&mut self, key: &str, values: &[T]) -> &mut Gguf {
        let values = values.iter().map(|value| text(value.as_ref())).collect();
        self.array(key, 8, values)
    }

    /// Adds an array of `i32`.
    pub fn numbers(&mut self, key: &str, values: &[i32]) -> &mut Gguf {
        let values = values.iter().map(|value| value.to_le_bytes().to_vec());
        self.array(key, 5, values.collect())
    }

    /// Adds a tensor of f32, the length of a row first.
    pub fn tensor(&mut self, name: &str, shape: &[u64]) -> &mut Gguf {
        self.tensors.push((name.to_owned(), shape.to_vec()));
        self
    }

    /// The whole file. Weights are made up, between -1 and 1.
    pub fn bytes(&self) -> Vec<u8> {
        let mut file = b"GGUF\x03\0\0\0".to_vec();
        file.extend((self.tensors.len() as u64).to_le_bytes());
        file.extend((self.metadata.len() as u64).to_le_bytes());
        file.extend(self.metadata.concat());
        let mut offset = 0u64;
        for (name, shape) in &self.tensors {
            file.extend(text(name));
            file.extend((shape.len() as u32).to_le_bytes());
            shape
                .iter()
                .for_each(|length| file.extend(length.to_le_bytes()));
            file.extend(0u32.to_le_bytes());
            file.extend(offset.to_le_bytes());
            offset += (shape.iter().product::<u64>() * 4).next_multiple_of(32);
        }
        file.resize(file.len().next_multiple_of(32), 0);
        let mut seed = 1u32;
        for _ in 0..offset / 4 {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            file.extend(((seed >> 8) as f32 / (1 << 23) as f32 - 1.0).to_le_bytes());
        }
        file
    }

    fn entry(&mut self, key: &str, kind: u32, value: &[u8]) -> &mut Gguf {
        self.metadata
            .push([&text(key), kind.to_le_bytes().as_slice(), value].concat());
        self
    }

    fn array(&mut self, key: &str, kind: u32, values: Vec<Vec<u8>>) -> &mut Gguf {
        let mut array = kind.to_le_bytes().to_vec();
        array.extend((values.len() as u64).to_le_bytes());
        array.extend(values.concat());
        self.entry(key, 9, &array)
    }
}

fn text(text: &str) -> Vec<u8> {
    [&(text.len() as u64).to_le_bytes(), text.as_bytes()].concat()
}

/// A model of one layer that reads bytes, of the family `qwen2` or `llama`.
pub fn tiny(family: &str) -> Vec<u8> {
    const WIDTH: u64 = 32;
    const INNER: u64 = 32;
    let mut file = Gguf::default();
    file.text("general.architecture", family);
    let sizes = [
        ("block_count", 1),
        ("embedding_length", WIDTH as u32),
        ("attention.head_count", 2),
        ("attention.head_count_kv", 1),
        ("feed_forward_length", INNER as u32),
        ("context_length", 64),
    ];
    for (name, value) in sizes {
        file.number(&format!("{family}.{name}"), value);
    }
    file.float(&format!("{family}.attention.layer_norm_rms_epsilon"), 1e-5);
    let vocabulary = tiny_vocabulary(&mut file);
    file.tensor("token_embd.weight", &[WIDTH, vocabulary])
        .tensor("output_norm.weight", &[WIDTH])
        .tensor("blk.0.attn_norm.weight", &[WIDTH])
        .tensor("blk.0.attn_q.weight", &[WIDTH, WIDTH])
        .tensor("blk.0.attn_k.weight", &[WIDTH, WIDTH / 2])
        .tensor("blk.0.attn_v.weight", &[WIDTH, WIDTH / 2])
        .tensor("blk.0.attn_output.weight", &[WIDTH, WIDTH])
        .tensor("blk.0.ffn_norm.weight", &[WIDTH])
        .tensor("blk.0.ffn_gate.weight", &[WIDTH, INNER])
        .tensor("blk.0.ffn_up.weight", &[WIDTH, INNER])
        .tensor("blk.0.ffn_down.weight", &[INNER, WIDTH]);
    if family == "qwen2" {
        file.tensor("blk.0.attn_q.bias", &[WIDTH])
            .tensor("blk.0.attn_k.bias", &[WIDTH / 2])
            .tensor("blk.0.attn_v.bias", &[WIDTH / 2]);
    }
    file.bytes()
}

/// Letters, one merge and the marks of chat turns; how many tokens that is.
fn tiny_vocabulary(file: &mut Gguf) -> u64 {
    let letters = ('a'..='z').map(String::from);
    let names: Vec<String> = letters
        .chain(["th", "Ġ", "<|im_start|>", "<|im_end|>"].map(String::from))
        .collect();
    let kinds: Vec<i32> = (0..names.len())
        .map(|at| if at + 2 < names.len() { 1 } else { 3 })
        .collect();
    file.text("tokenizer.ggml.model", "gpt2")
        .text("tokenizer.ggml.pre", "qwen2")
        .texts("tokenizer.ggml.tokens", &names)
        .numbers("tokenizer.ggml.token_type", &kinds)
        .texts("tokenizer.ggml.merges", &["t h"])
        .number("tokenizer.ggml.eos_token_id", names.len() as u32 - 1);
    names.len() as u64
}

/// A file of this process alone, written anew for each input.
pub struct Scratch {
    path: PathBuf,
}

impl Scratch {
    /// In memory where the system has a place for that.
    pub fn new() -> Scratch {
        let memory = Path::new("/dev/shm");
        let folder = if memory.is_dir() {
            memory.to_owned()
        } else {
            std::env::temp_dir()
        };
        Scratch {
            path: folder.join(format!("afterimage-fuzz-{}.gguf", std::process::id())),
        }
    }

    /// The path of a file with these bytes.
    pub fn write(&self, bytes: &[u8]) -> &Path {
        let written = File::create(&self.path).and_then(|mut file| file.write_all(bytes));
        written.expect("the scratch file can be written");
        &self.path
    }
}

impl Default for Scratch {
    fn default() -> Scratch {
        Scratch::new()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        std::fs::remove_file(&self.path).unwrap_or_default();
    }
}
