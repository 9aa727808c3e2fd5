use std::num::NonZero;

use super::Decoder;
use super::processor::Instructions;
use crate::candle::Transformer;
use crate::model::LanguageModel;
use crate::prompt::ChatFormat;
use crate::shape::FAMILIES;
use crate::tiny;

/// Keys and values are rounded to half precision.
const ROUNDING: f32 = 1e-2;

fn load(family: &str, with: Instructions, threads: usize) -> Decoder {
    let (file, header, tokenizer) = tiny::opened(family);
    let threads = NonZero::new(threads).unwrap();
    let model = Decoder::load(
        file.path(),
        &header,
        tokenizer,
        ChatFormat::ChatMl,
        4096,
        threads,
    );
    model.unwrap().with(with)
}

#[test]
fn reads_rewinds_and_refuses_as_every_backend_does() {
    for family in FAMILIES {
        for with in Instructions::all() {
            let mut model = load(family, with, 2);
            tiny::reads_in_parts(&mut model, ROUNDING);
            tiny::sees_every_token(&mut model);
            tiny::rewinds(&mut model, ROUNDING);
            tiny::keeps_texts_apart(&mut model, ROUNDING);
            tiny::refuses_too_much(&mut model);
            tiny::forgets_the_middle(&mut model, ROUNDING);
            tiny::saves(&mut model, ROUNDING);
        }
    }
}

#[test]
fn scores_are_those_of_the_reference() {
    for family in FAMILIES {
        let (file, header, tokenizer) = tiny::opened(family);
        let device = candle_core::Device::Cpu;
        let mut reference = Transformer::load(
            file.path(),
            &header,
            tokenizer,
            ChatFormat::ChatMl,
            &device,
            4096,
        )
        .unwrap();
        let expected = reference.verify(&tiny::tokens(300)).unwrap().to_vec();
        for threads in [1, 3] {
            let mut model = load(family, Instructions::best(), threads);
            tiny::same(
                model.verify(&tiny::tokens(300)).unwrap(),
                &expected,
                ROUNDING,
            );
        }
    }
}
