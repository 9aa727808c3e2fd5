//! Any bytes are an error or a picture within the limits, which can be made small and written.

#![no_main]

use afterimage_engine::fuzzing::{decode, encode};
use afterimage_infer::picture::LARGEST_PICTURE;
use libfuzzer_sys::fuzz_target;

/// Larger ones are only decoded: writing them takes long and shows nothing more.
const WRITTEN: u64 = 1 << 18;

fuzz_target!(|file: &[u8]| {
    let Ok(pixels) = decode(file) else {
        return;
    };
    let (width, height) = (pixels.width(), pixels.height());
    let size = u64::from(width) * u64::from(height);
    assert!(size > 0 && size <= LARGEST_PICTURE);
    if size > WRITTEN {
        return;
    }
    let (small, full) = encode(pixels, false).expect("what was read can be written");
    let small = decode(&small.bytes).expect("what was written can be read");
    assert!(small.width() <= 320 && small.width() <= width);
    let full = decode(&full.bytes).expect("what was written can be read");
    assert_eq!((full.width(), full.height()), (width, height));
});
