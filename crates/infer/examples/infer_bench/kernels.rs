//! The kernels of a graphics adapter: what they read in a second, beside what the adapter copies in one.

use afterimage_infer::gpu::Speed;
use afterimage_infer::models::{ModelFolder, OpenOptions, measure_kernels};

use crate::Result;

const MODELS: [&str; 2] = ["smollm2-135m-instruct", "qwen2.5-coder-0.5b-instruct"];

/// Prints one table for each model that is here.
pub fn print() -> Result<()> {
    for model in MODELS {
        let Ok(file) = ModelFolder::from_environment().file(model, "model.gguf") else {
            println!("\n{model} is not here: `cargo xtask models {model}` fetches it.");
            continue;
        };
        let options = OpenOptions {
            context: 1024,
            ..OpenOptions::default()
        };
        let speeds = measure_kernels(&file, &options)?;
        println!("\n### {model}: kernels of one token on the graphics adapter");
        print_table(&speeds);
    }
    Ok(())
}

fn print_table(speeds: &[Speed]) {
    println!("| kernel | bytes | milliseconds | GB/s | x copying |\n|---|---|---|---|---|");
    let copying = speeds.first().map_or(f64::NAN, Speed::bytes_per_second);
    for speed in speeds {
        println!(
            "| {} | {:.1} MB | {:.2} | {:.2} | {:.2} |",
            speed.what,
            speed.bytes as f64 / 1e6,
            speed.time.as_secs_f64() * 1e3,
            speed.bytes_per_second() / 1e9,
            speed.bytes_per_second() / copying,
        );
    }
}
