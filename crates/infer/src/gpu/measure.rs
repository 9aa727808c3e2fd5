//! How fast the kernels of a loaded model are, beside what the adapter can copy.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::decoder::Decoder;
use super::dispatch::{Call, Dispatch};
use super::{Gpu, GpuError};

/// What a kernel moves and how long it takes.
#[derive(Debug, Clone, PartialEq)]
pub struct Speed {
    /// The kernel and the packing of what it reads, or "copy".
    pub what: String,
    /// Bytes moved for one token; of a copy, read and written.
    pub bytes: u64,
    /// The least time it took.
    pub time: Duration,
}

impl Speed {
    /// Bytes for each second.
    pub fn bytes_per_second(&self) -> f64 {
        self.bytes as f64 / self.time.as_secs_f64()
    }
}

const REPEATS: usize = 5;

impl Decoder {
    /// Runs the products of one token on their own, those of a kernel and a packing together, and a copy in the
    /// adapter's memory before them. The texts held are left alone.
    pub fn measure(&self) -> Result<Vec<Speed>, GpuError> {
        let mut kinds: BTreeMap<String, Vec<&Dispatch>> = BTreeMap::new();
        for step in self.steps() {
            if let Some(packing) = step.packing {
                let what = format!("{} {packing:?}", step.name);
                kinds.entry(what).or_default().push(step);
            }
        }
        let mut speeds = vec![copy(self.gpu())?];
        for (what, steps) in kinds {
            let bytes = steps.iter().map(|step| step.weights).sum();
            let call = Call {
                tokens: 1,
                ..Call::default()
            };
            let run = || self.gpu().submit(steps.iter().copied(), &call, |_| {});
            let time = least_time(self.gpu(), run)?;
            speeds.push(Speed { what, bytes, time });
        }
        Ok(speeds)
    }
}

/// Copies 64 MiB from one buffer to another.
fn copy(gpu: &Gpu) -> Result<Speed, GpuError> {
    const BYTES: u64 = 64 << 20;
    let (from, to) = (gpu.storage("from", BYTES)?, gpu.storage("to", BYTES)?);
    let run = || gpu.copy(|commands| commands.copy_buffer_to_buffer(&from, 0, &to, 0, BYTES));
    Ok(Speed {
        what: "copy".into(),
        bytes: 2 * BYTES,
        time: least_time(gpu, run)?,
    })
}

fn least_time(gpu: &Gpu, run: impl Fn()) -> Result<Duration, GpuError> {
    let once = || {
        let start = Instant::now();
        run();
        gpu.wait().map(|()| start.elapsed())
    };
    once()?;
    let times: Vec<Duration> = (0..REPEATS).map(|_| once()).collect::<Result<_, _>>()?;
    Ok(times.into_iter().min().unwrap_or_default())
}
