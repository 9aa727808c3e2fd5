//! Files that are no models, models that do not go together with the machine, and what is said about them.

use std::fs;

use sha2::{Digest, Sha256};

use super::*;
use crate::model::ModelError;
use crate::tiny;

/// A model of the family `llama` without one tensor and with another, when they are named.
fn changed(without: &str, with: &str) -> Vec<u8> {
    let mut tensors = tiny::tensors("llama");
    tensors.retain(|(name, _)| name != without);
    if !with.is_empty() {
        tensors.push((with.into(), vec![tiny::WIDTH]));
    }
    tiny::bytes("llama", &tensors)
}

fn whole() -> Vec<u8> {
    changed("", "")
}

/// What opening these bytes as a file says; empty when it is a model.
fn complaint(bytes: &[u8], options: &OpenOptions) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.gguf");
    fs::write(&path, bytes).unwrap();
    open_language_model(&path, options)
        .err()
        .map(|error| error.to_string())
        .unwrap_or_default()
}

/// `bytes` with every `from` replaced by `to`, which is as long.
fn replaced(bytes: &[u8], from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut bytes = bytes.to_vec();
    let places: Vec<usize> = (0..bytes.len() - from.len())
        .filter(|at| bytes[*at..].starts_with(from.as_bytes()))
        .collect();
    assert!(!places.is_empty(), "{from} is not in the file");
    for at in places {
        bytes[at..at + to.len()].copy_from_slice(to.as_bytes());
    }
    bytes
}

/// `bytes` with another number of heads.
fn with_heads(bytes: &[u8], heads: u8) -> Vec<u8> {
    let key = b"llama.attention.head_count";
    let at = bytes.windows(key.len()).position(|window| window == key);
    let mut bytes = bytes.to_vec();
    // The type of the value, four bytes, is between the key and the number.
    bytes[at.unwrap() + key.len() + 4] = heads;
    bytes
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[test]
fn a_bad_file_is_refused_with_what_is_wrong_and_what_to_do() {
    let check = |bytes: &[u8], expected: &[&str]| {
        let said = complaint(bytes, &OpenOptions::default());
        for part in expected {
            assert!(said.contains(part), "`{said}` does not say `{part}`");
        }
    };
    let whole = whole();
    check(&whole, &[""]);
    assert_eq!(complaint(&whole, &OpenOptions::default()), "");
    check(&[], &["not a GGUF", "fetch it again"]);
    check(&vec![0; whole.len()], &["not a GGUF", "fetch it again"]);
    check(&whole[..whole.len() - 1], &["cut short", "fetch it again"]);
    check(&whole[..whole.len() / 2], &["cut short", "fetch it again"]);
    check(&whole[..100], &["cut short", "fetch it again"]);
    check(
        &replaced(&whole, "llama", "mamba"),
        &["`mamba`", "qwen2 and llama"],
    );
    check(
        &replaced(&whole, "gpt2", "t5xx"),
        &["`t5xx`", "byte-level BPE"],
    );
    check(&replaced(&whole, "smollm", "viking"), &["`viking`"]);
    check(
        &replaced(&whole, "<|im_start|>", "<|in_start|>"),
        &["chat format"],
    );
    check(
        &with_heads(&whole, 7),
        &["do not go together", "fetch it again"],
    );
    check(
        &changed("blk.1.ffn_up.weight", ""),
        &["no tensor `blk.1.ffn_up.weight`", "fetch it again"],
    );
    check(
        &changed("", "blk.1.ffn_side.weight"),
        &["blk.1.ffn_side.weight", "do not have"],
    );
    check(
        &changed("output_norm.weight", "output_norm.bias"),
        &["`output_norm.weight`"],
    );
}

#[test]
fn one_wrong_bit_in_the_header_never_ends_in_a_panic() {
    const STEP: usize = 7;
    let whole = whole();
    let header = Header::read(whole.as_slice(), whole.len() as u64).unwrap();
    let end = header
        .tensors()
        .map(|(_, tensor)| tensor.start as usize)
        .min()
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.gguf");
    let mut opened = 0;
    for at in (0..end).step_by(STEP) {
        let mut bytes = whole.clone();
        bytes[at] ^= 1 << (at % 8);
        fs::write(&path, bytes).unwrap();
        let header = Header::open(&path);
        let tokenizer = header.as_ref().map(Tokenizer::from_gguf);
        opened += usize::from(tokenizer.is_ok_and(|tokenizer| tokenizer.is_ok()));
    }
    // Most of the header is names that may be called otherwise.
    assert!((1..end / STEP).contains(&opened), "{opened}");
}

#[test]
fn with_a_hash_given_one_wrong_bit_anywhere_is_found() {
    let whole = whole();
    let options = OpenOptions {
        sha256: Some(sha256(&whole)),
        ..OpenOptions::default()
    };
    assert_eq!(complaint(&whole, &options), "");
    for at in [0, 40, whole.len() / 2, whole.len() - 1] {
        let mut bytes = whole.clone();
        bytes[at] ^= 4;
        let said = complaint(&bytes, &options);
        assert!(
            said.contains("SHA-256") && said.contains("fetch it again"),
            "{at}: {said}"
        );
    }
}

#[test]
fn a_wrong_hash_is_refused_and_a_right_one_is_remembered() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.gguf");
    std::fs::write(&path, b"abc").unwrap();
    let right = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    verify(&path, right).unwrap();
    assert!(folder.path().join("model.gguf.verified").is_file());
    verify(&path, right).unwrap();
    assert!(matches!(
        verify(&path, &"0".repeat(64)),
        Err(OpenError::Corrupt { .. })
    ));
    std::fs::write(&path, b"abcd").unwrap();
    assert!(matches!(
        verify(&path, right),
        Err(OpenError::Corrupt { .. })
    ));
}

#[test]
fn what_is_no_file_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    for path in [folder.path().to_owned(), folder.path().join("none.gguf")] {
        let error = open_language_model(&path, &OpenOptions::default())
            .err()
            .unwrap();
        assert!(matches!(error, OpenError::Missing { .. }), "{error}");
    }
    let error = ModelFolder::new(folder.path())
        .file("some-model", "model.gguf")
        .unwrap_err();
    assert!(error.to_string().contains("cargo xtask models"), "{error}");
}

#[test]
fn too_little_memory_is_foreseen() {
    let (file, header, _) = tiny::opened("llama");
    let check = |context, available, fits| {
        let answer = require_memory(file.path(), &header, context, available);
        assert_eq!(answer.is_ok(), fits, "{context} tokens in {available:?}");
        if let Err(error) = answer {
            assert!(matches!(error, OpenError::TooLarge { .. }), "{error}");
            assert!(error.to_string().contains("smaller model"), "{error}");
        }
    };
    let weights: u64 = header.tensors().map(|(_, tensor)| tensor.size as u64).sum();
    check(64, None, true);
    check(64, Some(1 << 40), true);
    check(64, Some(weights), false);
    check(64, Some(0), false);
    let state = bytes_needed(&header, 1200).unwrap() - weights;
    assert!(state > 0);
    check(1200, Some(weights + state), true);
    check(1200, Some(weights + state - 1), false);
}

#[test]
fn two_models_at_once_do_not_disturb_each_other() {
    let files = ["llama", "qwen2"].map(tiny::file);
    let open = |at: usize| open_language_model(files[at].path(), &OpenOptions::default()).unwrap();
    let alone = [0, 1].map(|at| open(at).decode(&tiny::tokens(40)).unwrap().to_vec());
    let mut both = [open(0), open(1)];
    for part in tiny::tokens(39).chunks(13) {
        both.iter_mut()
            .for_each(|model| model.prefill(part).unwrap());
    }
    for (model, alone) in both.iter_mut().zip(&alone) {
        tiny::same(model.decode(&tiny::tokens(40)[39..]).unwrap(), alone, 1e-3);
    }
}

#[test]
fn a_text_longer_than_the_context_is_refused_and_leaves_the_model_usable() {
    let file = tiny::file("qwen2");
    let options = OpenOptions {
        context: 100,
        ..OpenOptions::default()
    };
    let mut model = open_language_model(file.path(), &options).unwrap();
    assert_eq!(model.context_length(), 100);
    let error = model.decode(&tiny::tokens(101)).unwrap_err();
    assert!(
        matches!(
            error,
            ModelError::TooLong {
                tokens: 101,
                context: 100
            }
        ),
        "{error}"
    );
    assert!(model.held().is_empty());
    assert_eq!(
        model.decode(&tiny::tokens(100)).unwrap().len(),
        tiny::VOCABULARY as usize
    );
}
