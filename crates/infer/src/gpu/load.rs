//! A model's weights in device memory, put together so that one kernel does what belongs together: queries, keys and
//! values in one matrix, gate and up with their rows in turn.

use super::matrix::{Matrix, Output, Rows, floats};
use super::packing::{GROUP, Packing};
use super::{Gpu, GpuError};
use crate::shape::Shape;
use crate::weights::{LoadError, WeightFile};

/// All weights of a model.
pub(crate) struct Weights {
    pub embedding: Matrix,
    /// The output projection where it is not the embedding table.
    pub output: Option<Matrix>,
    pub final_norm: wgpu::Buffer,
    /// `[context, head_width / 2]` cosine, sine.
    pub rotation: wgpu::Buffer,
    pub layers: Vec<Layer>,
}

/// The weights of a layer.
pub(crate) struct Layer {
    pub attention_norm: wgpu::Buffer,
    pub qkv: Matrix,
    /// Of queries, keys and values; zeros where the family has none.
    pub bias: wgpu::Buffer,
    pub attention_out: Matrix,
    pub feed_norm: wgpu::Buffer,
    /// Rows of gate and up in turn.
    pub gate_up: Matrix,
    pub down: Matrix,
}

impl Weights {
    /// Reads and places all weights of `file`.
    pub fn load(
        gpu: &Gpu,
        file: &WeightFile,
        shape: &Shape,
        vocabulary: usize,
    ) -> Result<Weights, LoadError> {
        let source = Source { gpu, file, shape };
        let scores = Output {
            stride: vocabulary,
            gated: false,
            epsilon: shape.epsilon,
        };
        let table = |name: &str| source.matrix(&[(name.into(), vocabulary)], shape.width, scores);
        let output = "output.weight";
        Ok(Weights {
            embedding: table("token_embd.weight")?,
            output: file.has(output).then(|| table(output)).transpose()?,
            final_norm: source.vector("output_norm.weight", shape.width)?,
            rotation: source.rotation()?,
            layers: (0..shape.layers)
                .map(|at| source.layer(at))
                .collect::<Result<_, LoadError>>()?,
        })
    }

    /// The packing of the largest matrices of a layer.
    pub fn main_packing(&self) -> Packing {
        let run = self
            .layers
            .first()
            .and_then(|layer| layer.gate_up.runs.first());
        run.map_or(Packing::F32, |run| run.packing)
    }

    /// The output projection, `[vocabulary, width]`.
    pub fn output(&self) -> &Matrix {
        self.output.as_ref().unwrap_or(&self.embedding)
    }
}

/// Where weights come from and go to.
struct Source<'a> {
    gpu: &'a Gpu,
    file: &'a WeightFile<'a>,
    shape: &'a Shape,
}

impl Source<'_> {
    fn layer(&self, at: usize) -> Result<Layer, LoadError> {
        let shape = self.shape;
        let name = |part: &str| format!("blk.{at}.{part}");
        let weight = |part: &str| name(&format!("{part}.weight"));
        let heads = [
            ("attn_q", shape.query_width()),
            ("attn_k", shape.key_width()),
            ("attn_v", shape.key_width()),
        ];
        let qkv = heads.map(|(part, rows)| (weight(part), rows));
        let biases = heads.map(|(part, rows)| (name(&format!("{part}.bias")), rows));
        let stride = |width: usize| self.output(width.next_multiple_of(GROUP));
        Ok(Layer {
            attention_norm: self.vector(&weight("attn_norm"), shape.width)?,
            qkv: self.matrix(&qkv, shape.width, self.output(shape.row_width()))?,
            bias: self.bias(&biases)?,
            attention_out: self.matrix(
                &[(weight("attn_output"), shape.width)],
                shape.query_width(),
                stride(shape.width),
            )?,
            feed_norm: self.vector(&weight("ffn_norm"), shape.width)?,
            gate_up: self.gate_up(&weight("ffn_gate"), &weight("ffn_up"))?,
            down: self.matrix(
                &[(weight("ffn_down"), shape.width)],
                shape.inner_width,
                stride(shape.width),
            )?,
        })
    }

    fn output(&self, stride: usize) -> Output {
        Output {
            stride,
            gated: false,
            epsilon: self.shape.epsilon,
        }
    }

    /// Tensors one below the other.
    fn matrix(
        &self,
        stack: &[(String, usize)],
        columns: usize,
        output: Output,
    ) -> Result<Matrix, LoadError> {
        let rows = |(name, rows): &(String, usize)| Rows::read(self.file, name, *rows, columns);
        let stack = stack.iter().map(rows).collect::<Result<_, LoadError>>()?;
        self.place(stack, output)
    }

    fn gate_up(&self, gate: &str, up: &str) -> Result<Matrix, LoadError> {
        let (inner, width) = (self.shape.inner_width, self.shape.width);
        let read = |name: &str| Rows::read(self.file, name, inner, width);
        let output = Output {
            gated: true,
            ..self.output(inner.next_multiple_of(GROUP))
        };
        self.place(vec![read(gate)?.interleaved(read(up)?)?], output)
    }

    fn place(&self, stack: Vec<Rows>, output: Output) -> Result<Matrix, LoadError> {
        let matrix = Matrix::place(self.gpu, stack, output)?;
        self.gpu.flush();
        Ok(matrix)
    }

    fn values(&self, name: &str, length: usize) -> Result<Vec<f32>, LoadError> {
        let packed = self.file.tensor(name, &[length])?;
        floats(packed.bytes.to_vec(), packed.info.dtype, length)
    }

    /// A vector, filled up to whole groups with zeros.
    fn vector(&self, name: &str, length: usize) -> Result<wgpu::Buffer, LoadError> {
        let mut values = self.values(name, length)?;
        values.resize(length.next_multiple_of(GROUP), 0.0);
        Ok(self.gpu.place("vector", &values)?)
    }

    fn bias(&self, parts: &[(String, usize)]) -> Result<wgpu::Buffer, LoadError> {
        let mut bias = Vec::new();
        for (name, length) in parts {
            match self.file.has(name) {
                true => bias.extend(self.values(name, *length)?),
                false => bias.resize(bias.len() + length, 0.0),
            }
        }
        Ok(self.gpu.place("bias", &bias)?)
    }

    fn rotation(&self) -> Result<wgpu::Buffer, LoadError> {
        let name = "rope_freqs.weight";
        let factors = match self.file.has(name) {
            true => Some(self.values(name, self.shape.head_width / 2)?),
            false => None,
        };
        let speeds = self.shape.rope_speeds(factors.as_deref());
        Ok(self
            .gpu
            .place("rotation", &rotation(&speeds, self.shape.context))?)
    }
}

/// Cosine and sine of each angle at each position, `[positions, speeds]`: drivers differ in how well they know the
/// sine of a large angle.
pub(crate) fn rotation(speeds: &[f32], positions: usize) -> Vec<[f32; 2]> {
    let angle = |position: usize| {
        speeds.iter().map(move |speed| {
            let (sine, cosine) = (position as f64 * f64::from(*speed)).sin_cos();
            [cosine as f32, sine as f32]
        })
    };
    (0..positions).flat_map(angle).collect()
}

impl From<GpuError> for LoadError {
    fn from(error: GpuError) -> LoadError {
        LoadError::Backend(error.to_string())
    }
}

impl Shape {
    /// Numbers in the queries, keys and values of a token together.
    pub(super) fn row_width(&self) -> usize {
        self.query_width() + 2 * self.key_width()
    }
}
