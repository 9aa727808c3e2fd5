//! Any vocabulary gives a tokenizer or an error, and any text becomes tokens of that vocabulary.

#![no_main]

use afterimage_fuzz::Gguf;
use afterimage_infer::gguf::Header;
use afterimage_infer::tokenizer::Tokenizer;
use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;

#[derive(Debug, Arbitrary)]
struct Vocabulary {
    names: Vec<String>,
    kinds: Vec<i8>,
    merges: Vec<Merge>,
    split: u8,
    end: u8,
    first: Option<u8>,
    text: String,
}

/// A pair of entries of the table, which is what makes a merge work, or any text.
#[derive(Debug, Arbitrary)]
enum Merge {
    Pair(u8, u8),
    Text(String),
}

const SPLITS: [&str; 5] = ["qwen2", "llama-bpe", "smollm", "gpt-2", "other"];

fuzz_target!(|vocabulary: Vocabulary| {
    let file = file(&vocabulary);
    let header = Header::read(file.as_slice(), file.len() as u64).expect("the file is well formed");
    let Ok(tokenizer) = Tokenizer::from_gguf(&header) else {
        return;
    };
    let size = tokenizer.vocabulary_size();
    for tokens in [
        tokenizer.encode(&vocabulary.text),
        tokenizer.encode_trusted(&vocabulary.text),
    ] {
        assert!(tokens.iter().all(|token| (*token as usize) < size));
        tokenizer.decode(&tokens);
    }
    tokenizer.decode(&[0, u32::MAX, size as u32]);
});

fn file(vocabulary: &Vocabulary) -> Vec<u8> {
    let name = |at: u8| {
        let count = vocabulary.names.len().max(1);
        vocabulary
            .names
            .get(usize::from(at) % count)
            .cloned()
            .unwrap_or_default()
    };
    let merges: Vec<String> = vocabulary
        .merges
        .iter()
        .map(|merge| match merge {
            Merge::Pair(left, right) => format!("{} {}", name(*left), name(*right)),
            Merge::Text(text) => text.clone(),
        })
        .collect();
    let kinds: Vec<i32> = vocabulary
        .kinds
        .iter()
        .map(|kind| i32::from(*kind))
        .collect();
    let mut file = Gguf::default();
    file.text("tokenizer.ggml.model", "gpt2")
        .text(
            "tokenizer.ggml.pre",
            SPLITS[usize::from(vocabulary.split) % SPLITS.len()],
        )
        .texts("tokenizer.ggml.tokens", &vocabulary.names)
        .texts("tokenizer.ggml.merges", &merges)
        .number("tokenizer.ggml.eos_token_id", vocabulary.end.into());
    if !kinds.is_empty() {
        file.numbers("tokenizer.ggml.token_type", &kinds);
    }
    if let Some(first) = vocabulary.first {
        file.number("tokenizer.ggml.bos_token_id", first.into());
    }
    file.bytes()
}
