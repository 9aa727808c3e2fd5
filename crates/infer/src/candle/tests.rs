use super::*;
use crate::model::LanguageModel;
use crate::shape::FAMILIES;
use crate::tiny;

fn load(family: &str) -> Transformer {
    let (file, header, tokenizer) = tiny::opened(family);
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

const ROUNDING: f32 = 1e-4;

#[test]
fn reads_rewinds_and_refuses_as_every_backend_does() {
    for family in FAMILIES {
        let mut model = load(family);
        tiny::reads_in_parts(&mut model, ROUNDING);
        tiny::sees_every_token(&mut model);
        tiny::rewinds(&mut model, ROUNDING);
        tiny::keeps_texts_apart(&mut model, ROUNDING);
        tiny::refuses_too_much(&mut model);
        tiny::saves(&mut model, ROUNDING);
    }
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
fn a_tensor_of_another_shape_is_refused() {
    let mut shapes = vec![
        (
            "token_embd.weight".to_string(),
            vec![tiny::WIDTH, tiny::VOCABULARY],
        ),
        ("output_norm.weight".to_string(), vec![tiny::WIDTH - 8]),
    ];
    for (part, shape) in [
        ("attn_norm.weight", vec![tiny::WIDTH]),
        ("attn_q.weight", vec![tiny::WIDTH, tiny::WIDTH * 2]),
    ] {
        shapes.push((format!("blk.0.{part}"), shape));
    }
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), tiny::bytes("qwen2", &shapes)).unwrap();
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
