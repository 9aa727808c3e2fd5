//! A line is a call that is the same after it is written and read, or an error that holds none of its words.

#![no_main]

use afterimage_engine::{
    api::Call,
    fuzzing::{line, name, number, parse},
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let (said, asked) = (number(bytes), name(bytes));
    let call: Call = match parse(bytes) {
        Ok(call) => call,
        Err(failure) => {
            assert!(failure.message.len() < 200);
            return;
        }
    };
    assert_eq!((call.id, asked.is_empty()), (said, false));
    let written = line(&call).expect("what fitted a line fits one again");
    assert_eq!(written.iter().filter(|byte| **byte == b'\n').count(), 1);
    let again: Call = parse(&written).expect("what was written can be read");
    assert_eq!(again, call);
    assert_eq!(name(&written), asked);
});
