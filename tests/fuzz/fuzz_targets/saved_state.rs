//! Any bytes are refused as a saved state, or are one that the model can go on with.
//!
//! A state begins with a digest of who made it and ends with one of all before it. Both are put right here, so that what
//! lies between them is read and not turned away as damaged.

#![no_main]

use std::sync::{LazyLock, Mutex};

use afterimage_fuzz::{Scratch, tiny};
use afterimage_infer::model::LanguageModel;
use afterimage_infer::models::{OpenOptions, open_language_model};
use libfuzzer_sys::fuzz_target;
use sha2::{Digest, Sha256};

const DIGEST: usize = 32;

static MODEL: LazyLock<Mutex<Box<dyn LanguageModel>>> = LazyLock::new(|| {
    let scratch = Scratch::new();
    let model = open_language_model(scratch.write(&tiny("qwen2")), &OpenOptions::default());
    Mutex::new(model.expect("the tiny model opens"))
});
/// The digest of who makes the states.
static MADE_BY: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut model = MODEL.lock().expect("no input has ended in a panic");
    model.truncate(0);
    model.save().expect("an empty text can be saved")[..DIGEST].to_vec()
});

fuzz_target!(|state: &[u8]| {
    let mut saved = [&MADE_BY, state].concat();
    saved.extend(Sha256::digest(&saved));
    let mut model = MODEL.lock().expect("no input has ended in a panic");
    if model.restore(&saved).is_err() {
        return;
    }
    assert!(model.held().len() <= model.context_length());
    if model.held().len() < model.context_length() {
        model.decode(&[0]).expect("there is room for one more");
    }
});
