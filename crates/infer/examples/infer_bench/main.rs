//! How fast inference is, beside the programs of others on the same machine in the same run: medians of several rounds,
//! ours and theirs in turns, as tables.
//!
//! `cargo xtask bench infer` builds the peers and names them in the environment: `AFTERIMAGE_PEER_LLAMA` is a program
//! around llama.cpp, `AFTERIMAGE_PEER_PYTHON` a Python with onnxruntime. `AFTERIMAGE_BENCH_ROUNDS` is the number of rounds,
//! `AFTERIMAGE_BENCH_MODELS` names the language models to measure; without it, all that are here.

mod embedder;
mod generation;
mod kernels;
mod language;
mod table;

use std::error::Error;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        // What the parent starts, so that threads and memory are those of one model alone.
        ["measure", backend, model, threads] => language::measure(backend, model, threads.parse()?),
        [] => {
            let rounds = rounds();
            language::print(rounds)?;
            generation::print(rounds)?;
            kernels::print()?;
            embedder::print(rounds)
        }
        ["kernels"] => kernels::print(),
        ["embedder"] => embedder::print(rounds()),
        _ => Err("it takes no arguments, or the name of one part: `kernels` or `embedder`".into()),
    }
}

fn rounds() -> usize {
    let wanted = std::env::var("AFTERIMAGE_BENCH_ROUNDS").ok();
    wanted.and_then(|rounds| rounds.parse().ok()).unwrap_or(5)
}
