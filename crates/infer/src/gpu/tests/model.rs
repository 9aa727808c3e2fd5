//! The whole model on an adapter.

use super::gpu;
use crate::candle::Transformer;
use crate::fallback::{Fallback, Reopen};
use crate::gguf::Header;
use crate::gpu::decoder::require_room;
use crate::gpu::{Adapters, Decoder, Gpu};
use crate::model::{LanguageModel, ModelError, most_likely};
use crate::models::{ModelFolder, OpenOptions, open_language_model};
use crate::prompt::{ChatFormat, Message, Prompt};
use crate::shape::{FAMILIES, Shape};
use crate::tiny;

/// Keys and values are rounded to half precision.
const ROUNDING: f32 = 2e-2;

fn load(gpu: Gpu, family: &str) -> Decoder {
    let (file, header, tokenizer) = tiny::opened(family);
    Decoder::load(
        gpu,
        file.path(),
        &header,
        (tokenizer, ChatFormat::ChatMl),
        4096,
        None,
    )
    .unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn reads_rewinds_and_refuses_as_every_backend_does() {
    for family in FAMILIES {
        let mut model = load(gpu(), family);
        tiny::reads_in_parts(&mut model, ROUNDING);
        tiny::sees_every_token(&mut model);
        tiny::rewinds(&mut model, ROUNDING);
        tiny::keeps_texts_apart(&mut model, ROUNDING);
        tiny::refuses_too_much(&mut model);
        tiny::forgets_the_middle(&mut model, ROUNDING);
        tiny::saves(&mut model, ROUNDING);
    }
}

#[test]
fn scores_are_those_of_the_reference() {
    for family in FAMILIES {
        let (file, header, tokenizer) = tiny::opened(family);
        let device = candle_core::Device::Cpu;
        let format = ChatFormat::ChatMl;
        let mut reference =
            Transformer::load(file.path(), &header, tokenizer, format, &device, 4096).unwrap();
        let expected = reference.verify(&tiny::tokens(300)).unwrap().to_vec();
        let mut model = load(gpu(), family);
        tiny::same(
            model.verify(&tiny::tokens(300)).unwrap(),
            &expected,
            ROUNDING,
        );
    }
}

#[test]
fn the_token_chosen_on_the_adapter_is_the_one_its_scores_choose() {
    let mut model = load(gpu(), "qwen2");
    let tokens = tiny::tokens(40);
    let allowed = [
        0xf0f0_0000u32,
        0,
        0x1234_5678,
        0xffff,
        1,
        0,
        3,
        0x8000_0000,
        2,
    ];
    let scores = model.decode(&tokens).unwrap().to_vec();
    for allowed in [None, Some(&allowed[..]), Some(&allowed[..2])] {
        model.truncate(0);
        let chosen = model.decode_greedy(&tokens, allowed).unwrap();
        assert_eq!(chosen, most_likely(&scores, allowed));
        assert_eq!(model.held(), tokens);
    }
}

/// A model on the adapter, with the usual kernels whatever was found fastest here, and the same on the processor.
fn real(id: &str) -> (Decoder, Box<dyn LanguageModel>) {
    let file = ModelFolder::from_environment().file(id, "model.gguf");
    let file = file.unwrap_or_else(|error| panic!("{error}"));
    let options = OpenOptions {
        context: 512,
        ..OpenOptions::default()
    };
    let processor = open_language_model(&file, &options).unwrap();
    let header = Header::open(&file).unwrap();
    let with = (processor.tokenizer().clone(), processor.chat_format());
    let model = Decoder::load(gpu(), &file, &header, with, 512, None).unwrap();
    (model, processor)
}

/// Of the largest score: the processor rounds activations to 8 bits. candle's products are no closer to exact, since they
/// round weights anew as well.
const PROCESSOR_ROUNDING: f32 = 0.08;

#[test]
fn with_real_weights_the_text_is_that_of_the_processor() {
    let (mut model, mut processor) = real("smollm2-135m-instruct");
    let question = Message::user("What is the capital of France?");
    let prompt = Prompt::chat(model.tokenizer(), model.chat_format(), &[], &[question]);
    let mut next = prompt.tokens;
    for _ in 0..24 {
        let expected = processor.decode(&next).unwrap().to_vec();
        let scores = model.decode(&next).unwrap();
        tiny::same(scores, &expected, PROCESSOR_ROUNDING);
        let token = most_likely(&expected, None);
        assert_eq!(most_likely(scores, None), token, "{:?}", model.held());
        next = vec![token];
    }
}

#[test]
fn a_lost_adapter_is_an_error_that_leaves_the_text_alone() {
    let mut model = load(Gpu::open(Adapters::Any).unwrap(), "llama");
    model.prefill(&tiny::tokens(5)).unwrap();
    model.gpu().device.destroy();
    for _ in 0..2 {
        let error = model.decode(&[1]).unwrap_err();
        assert!(matches!(error, ModelError::Backend(_)), "{error}");
        assert_eq!(model.held(), tiny::tokens(5));
    }
}

#[test]
fn what_a_lost_adapter_was_in_the_middle_of_goes_on_elsewhere() {
    let gpu = Gpu::open(Adapters::Any).unwrap();
    let expected = load(self::gpu(), "llama")
        .decode(&tiny::tokens(9))
        .unwrap()
        .to_vec();
    let reopen: Reopen = Box::new(|| Ok(Box::new(load(self::gpu(), "llama"))));
    let mut model = Fallback::new(Box::new(load(gpu.clone(), "llama")), reopen);
    model.prefill(&tiny::tokens(5)).unwrap();
    gpu.device.destroy();
    let scores = model.decode(&tiny::tokens(9)[5..]).unwrap();
    tiny::same(scores, &expected, ROUNDING);
    assert_eq!(model.held(), tiny::tokens(9));
}

#[test]
fn a_context_beyond_the_adapter_is_refused_with_one_that_fits() {
    let (_file, header, _) = tiny::opened("llama");
    let shape = Shape::of(&header, 4096).unwrap();
    // 64 bytes a token in each layer; 1200 tokens are 19 pages of 64.
    assert!(require_room(19 * 64 * 64, &shape).is_ok());
    let error = require_room(19 * 64 * 64 - 1, &shape)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("1200 tokens") && error.contains("at most 1152"),
        "{error}"
    );
}

#[test]
fn with_every_packing_of_a_larger_model_the_text_is_that_of_the_processor() {
    let (mut model, mut processor) = real("qwen2.5-coder-0.5b-instruct");
    let mut next = model.tokenizer().encode("The capital of France is");
    for _ in 0..2 {
        let expected = processor.decode(&next).unwrap().to_vec();
        let scores = model.decode(&next).unwrap();
        tiny::same(scores, &expected, PROCESSOR_ROUNDING);
        let token = most_likely(&expected, None);
        assert_eq!(most_likely(scores, None), token);
        next = vec![token];
    }
}

#[test]
fn the_products_of_a_token_are_measured() {
    let model = load(gpu(), "llama");
    let speeds = model.measure().unwrap();
    let what: Vec<&str> = speeds.iter().map(|speed| speed.what.as_str()).collect();
    assert_eq!(what, ["copy", "matvec F32"]);
    let width = tiny::WIDTH;
    // Per layer: queries and output, keys and values, and three of the feed-forward part, whose 48 columns fill 64.
    let layer = width * (2 * width + width + 2 * 48) + width * 64;
    let weights = 4 * (2 * layer + tiny::VOCABULARY * width);
    // And four bytes that stand for the scales there are none of, for each matrix.
    assert_eq!(speeds[1].bytes, weights + 4 * (2 * 4 + 1));
    assert!(speeds.iter().all(|speed| speed.bytes_per_second() > 0.0));
}
