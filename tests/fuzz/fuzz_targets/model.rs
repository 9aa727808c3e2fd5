//! Any file opens as a model that can be read with, or is refused with a reason. Start it from the seeds.

#![no_main]

use std::sync::LazyLock;

use afterimage_fuzz::Scratch;
use afterimage_infer::models::{OpenOptions, open_language_model};
use libfuzzer_sys::fuzz_target;

static SCRATCH: LazyLock<Scratch> = LazyLock::new(Scratch::new);

fuzz_target!(|file: &[u8]| {
    let options = OpenOptions {
        context: 64,
        ..OpenOptions::default()
    };
    let Ok(mut model) = open_language_model(SCRATCH.write(file), &options) else {
        return;
    };
    let size = model.tokenizer().vocabulary_size();
    let tokens = model.tokenizer().encode("the cat");
    if let Ok(logits) = model.decode(&tokens) {
        assert_eq!(logits.len(), size);
    }
});
