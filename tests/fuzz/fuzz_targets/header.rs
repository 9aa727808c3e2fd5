//! Any bytes give a header whose tensors lie inside the file, or an error.

#![no_main]

use afterimage_infer::gguf::Header;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|file: &[u8]| {
    let Ok(header) = Header::read(file, file.len() as u64) else {
        return;
    };
    for (name, tensor) in header.tensors() {
        let end = tensor.start.checked_add(tensor.size as u64);
        assert!(end.is_some_and(|end| end <= file.len() as u64), "{name}");
        assert!(tensor.shape.iter().all(|length| *length > 0), "{name}");
    }
});
