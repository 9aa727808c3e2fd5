//! The process that owns the key. Started by the desktop or the command line; ends when it is locked.

use std::process::ExitCode;

fn main() -> ExitCode {
    afterimage_engine::run()
}
