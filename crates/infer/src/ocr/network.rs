//! One network of the reader: one input, one output, on its own threads.

use std::path::Path;
use std::sync::Arc;

use rten::{Model, ModelOptions, NodeId, RunOptions, ThreadPool, Value};
use rten_tensor::NdTensor;

use super::OcrError;

pub(super) struct Network {
    model: Model,
    input: NodeId,
    output: NodeId,
    threads: Arc<ThreadPool>,
}

impl Network {
    pub fn open(
        dir: &Path,
        file: &'static str,
        threads: Arc<ThreadPool>,
    ) -> Result<Self, OcrError> {
        let bytes = std::fs::read(dir.join(file)).map_err(|_| OcrError::MissingModel {
            file,
            dir: dir.to_path_buf(),
        })?;
        let broken = |reason: String| OcrError::BrokenModel { file, reason };
        let model = ModelOptions::with_all_ops()
            .prepack_weights(true)
            .load(bytes)
            .map_err(|error| broken(error.to_string()))?;
        let (&[input], &[output]) = (model.input_ids(), model.output_ids()) else {
            return Err(broken("it does not have one input and one output".into()));
        };
        Ok(Self {
            model,
            input,
            output,
            threads,
        })
    }

    /// Runs `work` on the threads the network runs on, so that both together never use more.
    pub fn on_its_threads<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        self.threads.run(work)
    }

    pub fn run<const N: usize>(
        &self,
        input: NdTensor<f32, 4>,
    ) -> Result<NdTensor<f32, N>, OcrError> {
        let mut options = RunOptions::default();
        options.thread_pool = Some(self.threads.clone());
        let run = || -> Result<NdTensor<f32, N>, Box<dyn std::error::Error>> {
            let [output] = self.model.run_n(
                vec![(self.input, Value::from(input).into())],
                [self.output],
                Some(options),
            )?;
            Ok(output.try_into()?)
        };
        run().map_err(|error| OcrError::Run(error.to_string()))
    }
}
