//! A tiny model with made-up f32 weights: its arithmetic is exact enough to compare ways of reading the same text.

use super::*;
use crate::model::{LanguageModel, ModelError};
use crate::shape::FAMILIES;

const WIDTH: u64 = 32;
const INNER: u64 = 48;
const VOCABULARY: u64 = 258;
const CONTEXT: u32 = 1200;

/// The file of a model with 4 heads, 2 key heads and 2 layers.
fn tiny(family: &str) -> tempfile::NamedTempFile {
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
    let mut file = tempfile::NamedTempFile::new().unwrap();
    std::io::Write::write_all(&mut file, &bytes(family, &tensors)).unwrap();
    file
}

fn bytes(family: &str, tensors: &[(String, Vec<u64>)]) -> Vec<u8> {
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
    let names = (0..VOCABULARY - 2)
        .map(|n| format!("letter{n}"))
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

fn text(text: &str) -> Vec<u8> {
    [&(text.len() as u64).to_le_bytes(), text.as_bytes()].concat()
}

fn load(family: &str) -> Transformer {
    let file = tiny(family);
    let header = Header::open(file.path()).unwrap();
    let tokenizer = Arc::new(Tokenizer::from_gguf(&header).unwrap());
    Transformer::load(
        file.path(),
        &header,
        tokenizer,
        ChatFormat::ChatMl,
        &Device::Cpu,
        4096,
    )
    .unwrap()
}

fn tokens(count: usize) -> Vec<Token> {
    (0..count as Token).map(|n| n * 31 % 256).collect()
}

fn same(a: &[f32], b: &[f32]) {
    let most = a
        .iter()
        .zip(b)
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, f32::max);
    assert!(a.len() == b.len() && most < 1e-3, "scores differ by {most}");
}

#[test]
fn a_text_read_in_parts_scores_as_one_read_at_once() {
    for family in FAMILIES {
        let mut model = load(family);
        let tokens = tokens(700);
        let at_once = model.decode(&tokens).unwrap().to_vec();
        for part in [1, 7, 300] {
            model.rewind(&[]);
            tokens[..699]
                .chunks(part)
                .for_each(|part| model.prefill(part).unwrap());
            same(model.decode(&tokens[699..]).unwrap(), &at_once);
        }
    }
}

#[test]
fn every_token_read_changes_the_scores() {
    let mut model = load("qwen2");
    let read = |model: &mut Transformer, tokens: &[Token]| {
        model.rewind(&[]);
        model.decode(tokens).unwrap().to_vec()
    };
    let scores = read(&mut model, &tokens(20));
    for at in 0..20 {
        let mut other = tokens(20);
        other[at] += 1;
        assert_ne!(read(&mut model, &other), scores, "token {at} is not seen");
    }
}

#[test]
fn a_rewound_state_goes_on_as_a_fresh_one() {
    let mut model = load("llama");
    let (head, tail) = (tokens(540), [7, 8, 9]);
    let whole = [head.as_slice(), &tail].concat();
    let fresh = model.decode(&whole).unwrap().to_vec();
    model.rewind(&[]);
    model.prefill(&head).unwrap();
    model.keep_prefix();
    model.prefill(&[1, 2, 3]).unwrap();
    assert_eq!(model.rewind(&whole), 540);
    same(model.decode(&tail).unwrap(), &fresh);
    model.rewind(&[5, 5, 5]);
    model.decode(&[5, 5]).unwrap();
    assert_eq!(model.rewind(&whole), 540, "the kept prefix is found again");
    same(model.decode(&tail).unwrap(), &fresh);
    assert_eq!(
        model.rewind(&head),
        539,
        "one token is always left to decode"
    );
    assert_eq!(model.held(), &head[..539]);
}

#[test]
fn only_the_prefixes_used_last_are_kept() {
    let mut model = load("llama");
    for first in 0..6 {
        model.rewind(&[]);
        model.prefill(&[first, 1, 2]).unwrap();
        model.keep_prefix();
    }
    model.rewind(&[]);
    let kept = [5, 4, 3, 2, 1, 0].map(|first| model.rewind(&[first, 1, 2, 3]));
    assert_eq!(kept, [3, 3, 3, 3, 0, 0]);
}

#[test]
fn text_beyond_the_context_is_refused_and_changes_nothing() {
    let mut model = load("qwen2");
    assert_eq!(model.context_length(), CONTEXT as usize);
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
    assert_eq!(model.held().len(), 1198);
    model.decode(&[1, 2]).unwrap();
}

#[test]
fn a_tensor_of_another_shape_is_refused() {
    let mut shapes = vec![
        ("token_embd.weight".to_string(), vec![WIDTH, VOCABULARY]),
        ("output_norm.weight".to_string(), vec![WIDTH - 8]),
    ];
    for (part, shape) in [
        ("attn_norm.weight", vec![WIDTH]),
        ("attn_q.weight", vec![WIDTH, WIDTH * 2]),
    ] {
        shapes.push((format!("blk.0.{part}"), shape));
    }
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes("qwen2", &shapes)).unwrap();
    let header = Header::open(file.path()).unwrap();
    let tokenizer = Arc::new(Tokenizer::from_gguf(&header).unwrap());
    let error = Transformer::load(
        file.path(),
        &header,
        tokenizer,
        ChatFormat::ChatMl,
        &Device::Cpu,
        64,
    )
    .err()
    .unwrap();
    assert!(matches!(error, LoadError::Shape { .. }), "{error}");
}
