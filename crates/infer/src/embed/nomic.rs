//! The weights of `nomic-bert` out of a GGUF file. They are kept in 8 bits: half the memory of the file.

use std::path::Path;

use tokenizers::Tokenizer;

use super::wordpiece;
use crate::cpu::encoder::{Encoder, EncoderLayer, Feed, Norm};
use crate::cpu::format::Format;
use crate::cpu::matrix::Matrix;
use crate::cpu::product::Affine;
use crate::cpu::rope::Rotation;
use crate::gguf::Header;
use crate::weights::{Packed, WeightFile};

/// The sizes of the model.
struct Sizes {
    layers: usize,
    width: usize,
    inner: usize,
    heads: usize,
    context: usize,
    epsilon: f32,
    rope_base: f64,
}

/// Reads the encoder and its tokenizer. The error says what is wrong with the file.
pub fn read(path: &Path) -> Result<(Encoder, Tokenizer), String> {
    let header = Header::open(path).map_err(|error| error.to_string())?;
    let family = header.architecture().map_err(|error| error.to_string())?;
    if family != "nomic-bert" {
        return Err(format!("it is of the family `{family}`, not `nomic-bert`"));
    }
    let sizes = Sizes::of(&header)?;
    let tokenizer = wordpiece::from_gguf(&header)?;
    let file = WeightFile::open(path, &header).map_err(|error| error.to_string())?;
    let weights = Weights(&file);
    let width = sizes.width;
    let layers = (0..sizes.layers).map(|at| weights.layer(at, &sizes));
    let encoder = Encoder {
        words: weights.matrix("token_embd.weight", tokenizer.get_vocab_size(true), width)?,
        positions: Vec::new(),
        kind: weights.floats("token_types.weight", &[2, width])?[..width].to_vec(),
        norm: weights.norm("token_embd_norm", &sizes)?,
        layers: layers.collect::<Result<_, String>>()?,
        rotation: Some(sizes.rotation()),
        heads: sizes.heads,
    };
    file.require_all_used().map_err(|error| error.to_string())?;
    Ok((encoder, tokenizer))
}

impl Sizes {
    fn of(header: &Header) -> Result<Sizes, String> {
        let number = |key: &str| {
            let number = header.number(&format!("nomic-bert.{key}"));
            number.map_err(|error| error.to_string())
        };
        let float = |key: &str| {
            let float = header.float(&format!("nomic-bert.{key}"));
            float.map_err(|error| error.to_string())
        };
        let sizes = Sizes {
            layers: number("block_count")?,
            width: number("embedding_length")?,
            inner: number("feed_forward_length")?,
            heads: number("attention.head_count")?,
            context: number("context_length")?,
            epsilon: float("attention.layer_norm_epsilon")? as f32,
            rope_base: float("rope.freq_base")?,
        };
        sizes.checked()
    }

    fn checked(self) -> Result<Sizes, String> {
        const MOST: usize = 1 << 16;
        let all = [
            self.layers,
            self.width,
            self.inner,
            self.heads,
            self.context,
        ];
        let sane = all.iter().all(|size| (1..=MOST).contains(size));
        let fits = sane
            && self.width.is_multiple_of(2 * self.heads)
            && self.width.is_multiple_of(32)
            && self.inner.is_multiple_of(32);
        match fits {
            true => Ok(self),
            false => Err("its sizes do not go together".into()),
        }
    }

    fn rotation(&self) -> Rotation {
        let head_width = self.width / self.heads;
        let speed = |at: usize| self.rope_base.powf(-2.0 * at as f64 / head_width as f64) as f32;
        Rotation::with(
            (0..head_width / 2).map(speed).collect(),
            self.context,
            false,
        )
    }
}

struct Weights<'a>(&'a WeightFile<'a>);

impl Weights<'_> {
    fn layer(&self, at: usize, sizes: &Sizes) -> Result<EncoderLayer, String> {
        let name = |part: &str| format!("blk.{at}.{part}");
        let (width, inner) = (sizes.width, sizes.inner);
        let affine = |part: &str, rows: usize, columns: usize| {
            Ok::<_, String>(Affine {
                weight: self.matrix(&name(part), rows, columns)?,
                bias: None,
            })
        };
        Ok(EncoderLayer {
            attention: affine("attn_qkv.weight", 3 * width, width)?,
            attention_out: affine("attn_output.weight", width, width)?,
            attention_norm: self.norm(&name("attn_output_norm"), sizes)?,
            feed: Feed::Gated {
                gate: self.matrix(&name("ffn_gate.weight"), inner, width)?,
                up: self.matrix(&name("ffn_up.weight"), inner, width)?,
                down: affine("ffn_down.weight", width, inner)?,
            },
            feed_norm: self.norm(&name("layer_output_norm"), sizes)?,
        })
    }

    fn norm(&self, name: &str, sizes: &Sizes) -> Result<Norm, String> {
        Ok(Norm {
            weight: self.floats(&format!("{name}.weight"), &[sizes.width])?,
            bias: self.floats(&format!("{name}.bias"), &[sizes.width])?,
            epsilon: sizes.epsilon,
        })
    }

    fn matrix(&self, name: &str, rows: usize, columns: usize) -> Result<Matrix, String> {
        let packed = self.packed(name, &[rows, columns])?;
        let matrix = match format(name, packed)? {
            Format::F16 | Format::F32 => Matrix::eight_bit(rows, columns, &floats(name, packed)?),
            format => Matrix::new(format, rows, columns, packed.bytes, |_| ()),
        };
        self.0.release(packed);
        Ok(matrix)
    }

    fn floats(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, String> {
        floats(name, self.packed(name, shape)?)
    }

    fn packed(&self, name: &str, shape: &[usize]) -> Result<Packed<'_>, String> {
        self.0
            .tensor(name, shape)
            .map_err(|error| error.to_string())
    }
}

/// All numbers of a tensor, row after row.
fn floats(name: &str, packed: Packed) -> Result<Vec<f32>, String> {
    let columns = *packed.info.shape.last().unwrap_or(&1);
    let rows = packed.info.shape.iter().product::<usize>() / columns;
    let matrix = Matrix::new(format(name, packed)?, rows, columns, packed.bytes, |_| ());
    let mut values = vec![0.0; rows * columns];
    for (row, into) in values.chunks_exact_mut(columns).enumerate() {
        matrix.row(row, into);
    }
    Ok(values)
}

fn format(name: &str, packed: Packed) -> Result<Format, String> {
    let dtype = packed.info.dtype;
    Format::of(dtype).ok_or_else(|| {
        format!("its tensor `{name}` is packed as {dtype:?}, which is not supported")
    })
}
