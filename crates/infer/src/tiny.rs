//! A tiny model with made-up f32 weights, and what every backend must do with it: its arithmetic is exact enough to
//! compare ways of reading the same text.

use std::sync::Arc;

use crate::gguf::Header;
use crate::model::{LanguageModel, ModelError, Sequence};
use crate::tokenizer::{Token, Tokenizer};

pub const WIDTH: u64 = 32;
const INNER: u64 = 48;
pub const VOCABULARY: u64 = 258;
pub const CONTEXT: u32 = 1200;

/// The file of a model with 4 heads, 2 key heads and 2 layers.
pub fn file(family: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    std::io::Write::write_all(&mut file, &bytes(family, &tensors(family))).unwrap();
    file
}

/// The tensors of such a model with their shapes, the length of a row first.
pub fn tensors(family: &str) -> Vec<(String, Vec<u64>)> {
    let mut tensors: Vec<(String, Vec<u64>)> = vec![
        ("token_embd.weight".into(), vec![WIDTH, VOCABULARY]),
        ("output_norm.weight".into(), vec![WIDTH]),
    ];
    for layer in 0..2 {
        let mut add = |part: &str, shape: &[u64]| {
            tensors.push((format!("blk.{layer}.{part}"), shape.to_vec()))
        };
        add("attn_norm.weight", &[WIDTH]);
        add("attn_q.weight", &[WIDTH, WIDTH]);
        add("attn_k.weight", &[WIDTH, WIDTH / 2]);
        add("attn_v.weight", &[WIDTH, WIDTH / 2]);
        if family == "qwen2" {
            add("attn_q.bias", &[WIDTH]);
            add("attn_k.bias", &[WIDTH / 2]);
            add("attn_v.bias", &[WIDTH / 2]);
        }
        add("attn_output.weight", &[WIDTH, WIDTH]);
        add("ffn_norm.weight", &[WIDTH]);
        add("ffn_gate.weight", &[WIDTH, INNER]);
        add("ffn_up.weight", &[WIDTH, INNER]);
        add("ffn_down.weight", &[INNER, WIDTH]);
    }
    tensors
}

/// The bytes of a file with these tensors.
pub fn bytes(family: &str, tensors: &[(String, Vec<u64>)]) -> Vec<u8> {
    let mut file = b"GGUF\x03\0\0\0".to_vec();
    file.extend((tensors.len() as u64).to_le_bytes());
    let metadata = metadata(family);
    file.extend((metadata.len() as u64).to_le_bytes());
    file.extend(metadata.concat());
    let mut offset = 0u64;
    for (name, shape) in tensors {
        file.extend(text(name));
        file.extend((shape.len() as u32).to_le_bytes());
        shape.iter().for_each(|n| file.extend(n.to_le_bytes()));
        file.extend(0u32.to_le_bytes());
        file.extend(offset.to_le_bytes());
        offset += shape.iter().product::<u64>() * 4;
    }
    file.resize(file.len().next_multiple_of(32), 0);
    let mut seed = 1u32;
    for _ in 0..offset / 4 {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        file.extend(((seed >> 8) as f32 / (1 << 23) as f32 - 1.0).to_le_bytes());
    }
    file
}

fn metadata(family: &str) -> Vec<Vec<u8>> {
    let number = |key: &str, value: u32| {
        [
            text(&format!("{family}.{key}")),
            4u32.to_le_bytes().to_vec(),
            value.to_le_bytes().to_vec(),
        ]
        .concat()
    };
    let words =
        |key: &str, value: &str| [text(key), 8u32.to_le_bytes().to_vec(), text(value)].concat();
    let array = |key: &str, kind: u32, items: Vec<Vec<u8>>| {
        let head = [
            text(key),
            9u32.to_le_bytes().to_vec(),
            kind.to_le_bytes().to_vec(),
            (items.len() as u64).to_le_bytes().to_vec(),
        ];
        [head.concat(), items.concat()].concat()
    };
    let names = (0..=255)
        .map(|byte| byte_name(byte).to_string())
        .chain(["<|im_start|>".into(), "<|im_end|>".into()]);
    let kinds = (0..VOCABULARY).map(|n| if n < 256 { 1i32 } else { 3 });
    let epsilon = [
        text(&format!("{family}.attention.layer_norm_rms_epsilon")),
        6u32.to_le_bytes().to_vec(),
        1e-5f32.to_le_bytes().to_vec(),
    ]
    .concat();
    vec![
        words("general.architecture", family),
        number("block_count", 2),
        number("embedding_length", WIDTH as u32),
        number("attention.head_count", 4),
        number("attention.head_count_kv", 2),
        number("feed_forward_length", INNER as u32),
        number("context_length", CONTEXT),
        epsilon,
        words("tokenizer.ggml.model", "gpt2"),
        words("tokenizer.ggml.pre", "smollm"),
        array(
            "tokenizer.ggml.tokens",
            8,
            names.map(|name| text(&name)).collect(),
        ),
        array(
            "tokenizer.ggml.token_type",
            5,
            kinds.map(|kind| kind.to_le_bytes().to_vec()).collect(),
        ),
        array("tokenizer.ggml.merges", 8, vec![]),
        [
            text("tokenizer.ggml.eos_token_id"),
            4u32.to_le_bytes().to_vec(),
            257u32.to_le_bytes().to_vec(),
        ]
        .concat(),
    ]
}

/// The character that stands for a byte in the vocabulary of GPT-2 and its kin: itself where it can be seen, otherwise
/// the next one from U+0100 on.
fn byte_name(byte: u8) -> char {
    let seen = |byte: &u8| matches!(byte, b'!'..=b'~' | 0xA1..=0xAC | 0xAE..=0xFF);
    match seen(&byte) {
        true => char::from(byte),
        false => {
            let unseen = (0..byte).filter(|byte| !seen(byte)).count() as u32;
            char::from_u32(0x100 + unseen).unwrap()
        }
    }
}

fn text(text: &str) -> Vec<u8> {
    [&(text.len() as u64).to_le_bytes(), text.as_bytes()].concat()
}

/// The file, its header and its tokenizer.
pub fn opened(family: &str) -> (tempfile::NamedTempFile, Header, Arc<Tokenizer>) {
    let file = file(family);
    let header = Header::open(file.path()).unwrap();
    let tokenizer = Arc::new(Tokenizer::from_gguf(&header).unwrap());
    (file, header, tokenizer)
}

/// Some tokens of the vocabulary.
pub fn tokens(count: usize) -> Vec<Token> {
    (0..count as Token).map(|n| n * 31 % 256).collect()
}

/// Fails unless the scores differ by at most the part `most` of the largest.
pub fn same(a: &[f32], b: &[f32], most: f32) {
    assert_eq!(a.len(), b.len());
    let largest = b
        .iter()
        .fold(0.0f32, |largest, score| largest.max(score.abs()));
    let differences = a.iter().zip(b).map(|(a, b)| (a - b).abs());
    let difference = differences.fold(0.0, f32::max) / largest;
    assert!(difference < most, "scores differ by {difference}");
}

type Model<'a> = &'a mut dyn LanguageModel;

fn fresh(model: Model, tokens: &[Token]) -> Vec<f32> {
    model.truncate(0);
    model.decode(tokens).unwrap().to_vec()
}

/// A text read in parts scores as one read at once, and one pass over several tokens scores each of them.
pub fn reads_in_parts(model: Model, most: f32) {
    let tokens = tokens(700);
    let at_once = fresh(model, &tokens);
    for part in [1, 7, 300] {
        model.truncate(0);
        tokens[..699]
            .chunks(part)
            .for_each(|part| model.prefill(part).unwrap());
        same(model.decode(&tokens[699..]).unwrap(), &at_once, most);
    }
    model.truncate(690);
    let scores = model.verify(&tokens[690..]).unwrap();
    assert_eq!(scores.len(), 10 * VOCABULARY as usize);
    same(&scores[9 * VOCABULARY as usize..], &at_once, most);
    let third = scores[2 * VOCABULARY as usize..][..VOCABULARY as usize].to_vec();
    same(&fresh(model, &tokens[..693]), &third, most);
}

/// Every token read changes the scores.
pub fn sees_every_token(model: Model) {
    let scores = fresh(model, &tokens(70));
    for at in 0..70 {
        let mut other = tokens(70);
        other[at] += 1;
        assert_ne!(fresh(model, &other), scores, "token {at} is not seen");
    }
}

/// A rewound state goes on as a fresh one, and a kept prefix is found again.
pub fn rewinds(model: Model, most: f32) {
    let (head, tail) = (tokens(540), [7, 8, 9]);
    let whole = [head.as_slice(), &tail].concat();
    let expected = fresh(model, &whole);
    model.truncate(0);
    model.prefill(&head).unwrap();
    model.keep_prefix();
    model.prefill(&[1, 2, 3]).unwrap();
    assert_eq!(model.rewind(&whole), 540);
    same(model.decode(&tail).unwrap(), &expected, most);
    model.truncate(0);
    model.decode(&[5, 5]).unwrap();
    assert_eq!(model.rewind(&whole), 540, "the kept prefix is found again");
    same(model.decode(&tail).unwrap(), &expected, most);
    assert_eq!(
        model.rewind(&head),
        539,
        "one token is always left to decode"
    );
    assert_eq!(model.held(), &head[..539]);
}

/// Several texts do not disturb each other, alone or in one batch.
pub fn keeps_texts_apart(model: Model, most: f32) {
    let texts = [tokens(100), tokens(130)[30..].to_vec(), vec![9; 5]];
    let expected: Vec<Vec<f32>> = texts
        .iter()
        .map(|text| fresh(model, &[text, [42].as_slice()].concat()))
        .collect();
    for (at, text) in texts.iter().enumerate() {
        model.switch(Sequence(at as u32));
        model.truncate(0);
        model.prefill(text).unwrap();
    }
    let next = [0, 1, 2].map(|at| (Sequence(at), 42));
    let scores = model.decode_batch(&next).unwrap();
    for (scores, expected) in scores.chunks_exact(VOCABULARY as usize).zip(&expected) {
        same(scores, expected, most);
    }
    for (at, text) in texts.iter().enumerate() {
        model.switch(Sequence(at as u32));
        assert_eq!(model.held().len(), text.len() + 1);
    }
    model.switch(Sequence(0));
}

/// Text beyond the context is refused and changes nothing.
pub fn refuses_too_much(model: Model) {
    assert_eq!(model.context_length(), CONTEXT as usize);
    model.truncate(0);
    model.prefill(&tokens(1198)).unwrap();
    let error = model.prefill(&[1, 2, 3]).unwrap_err();
    assert!(
        matches!(
            error,
            ModelError::TooLong {
                tokens: 1201,
                context: 1200
            }
        ),
        "{error}"
    );
    let error = model.prefill(&[VOCABULARY as Token]).unwrap_err();
    assert!(matches!(error, ModelError::NotAToken(_)), "{error}");
    assert!(matches!(model.decode(&[]).unwrap_err(), ModelError::Empty));
    assert_eq!(model.held().len(), 1198);
    model.decode(&[1, 2]).unwrap();
}

/// The middle of a text can go, and what is left is about what it would be without it: positions count anew.
pub fn forgets_the_middle(model: Model, most: f32) {
    model.truncate(0);
    // One repeated token: what the tokens after the gap were computed from is the same with and without it.
    model.prefill(&[3; 400]).unwrap();
    assert_eq!(model.forget_oldest(100).unwrap().div_ceil(64), 2);
    let held = model.held().len();
    assert!((200..=300).contains(&held), "{held}");
    let found = model.decode(&[4]).unwrap().to_vec();
    same(
        &found,
        &fresh(model, &[vec![3; held], vec![4]].concat()),
        most,
    );
    model.truncate(10);
    assert_eq!(model.forget_oldest(100).unwrap(), 0);
}

/// Saved state comes back, and nothing else is taken for it.
pub fn saves(model: Model, most: f32) {
    let expected = fresh(model, &tokens(150));
    model.truncate(149);
    let saved = model.save().unwrap();
    model.truncate(0);
    model.prefill(&[1, 2, 3]).unwrap();
    model.restore(&saved).unwrap();
    assert_eq!(model.held(), &tokens(149));
    same(model.decode(&tokens(150)[149..]).unwrap(), &expected, most);
    assert!(model.restore(&saved[..saved.len() - 3]).is_err());
}
