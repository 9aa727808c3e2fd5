//! The sizes of a decoder-only transformer of the families `qwen2` and `llama`, from the metadata of its file.

use crate::gguf::{GgufError, Header};
use crate::weights::LoadError;

/// The families every backend has code for.
pub const FAMILIES: [&str; 2] = ["qwen2", "llama"];

/// The sizes of a model, checked: they go together and none is absurd.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Shape {
    pub layers: usize,
    /// Numbers in the hidden state of a token.
    pub width: usize,
    pub heads: usize,
    /// Heads of keys and values; a divisor of `heads`.
    pub key_heads: usize,
    pub head_width: usize,
    /// Numbers between the two halves of the feed-forward part.
    pub inner_width: usize,
    /// The most tokens to hold: what the model was trained for or what was asked for, whichever is less.
    pub context: usize,
    pub epsilon: f32,
    pub rope_base: f64,
    /// Whether the rotary embedding turns neighbours (llama) or halves (qwen2).
    pub interleaved: bool,
}

impl Shape {
    /// Reads the sizes for a state of at most `context` tokens.
    pub fn of(header: &Header, context: usize) -> Result<Shape, LoadError> {
        let family = header.architecture()?;
        if !FAMILIES.contains(&family) {
            return Err(LoadError::Family(family.into()));
        }
        let number = |key: &str| header.number(&format!("{family}.{key}"));
        let heads = number("attention.head_count")?;
        let width = number("embedding_length")?;
        let shape = Shape {
            layers: number("block_count")?,
            width,
            heads,
            key_heads: number("attention.head_count_kv").unwrap_or(heads),
            head_width: number("attention.key_length").unwrap_or(width / heads.max(1)),
            inner_width: number("feed_forward_length")?,
            context: number("context_length")?.min(context),
            epsilon: header.float(&format!("{family}.attention.layer_norm_rms_epsilon"))? as f32,
            rope_base: header
                .float(&format!("{family}.rope.freq_base"))
                .unwrap_or(10_000.0),
            interleaved: family == "llama",
        };
        shape.checked()
    }

    fn checked(self) -> Result<Shape, LoadError> {
        const MOST: usize = 1 << 20;
        let sizes = [
            self.layers,
            self.width,
            self.heads,
            self.key_heads,
            self.head_width,
            self.inner_width,
            self.context,
        ];
        let sane = sizes.iter().all(|size| (1..=MOST).contains(size));
        let fits =
            sane && self.heads.is_multiple_of(self.key_heads) && self.head_width.is_multiple_of(2);
        match fits {
            true => Ok(self),
            false => {
                Err(GgufError::Damaged(format!("its sizes do not go together: {self:?}")).into())
            }
        }
    }

    /// Numbers in the queries of a token, all heads together.
    pub fn query_width(&self) -> usize {
        self.heads * self.head_width
    }

    /// Numbers in the keys (or values) of a token, all heads together.
    pub fn key_width(&self) -> usize {
        self.key_heads * self.head_width
    }

    /// Bytes of keys and values for `tokens` tokens, in numbers of `width` bytes; the largest number there is when they
    /// are more, as they may be by what a damaged file says.
    pub fn state_bytes(&self, tokens: usize, width: usize) -> u64 {
        [self.layers, self.key_width(), 2, width]
            .iter()
            .fold(tokens as u64, |bytes, factor| {
                bytes.saturating_mul(*factor as u64)
            })
    }

    /// Radians by which each pair of a head turns from one position to the next, `[head_width / 2]`. `factors`, where
    /// the file has them (`rope_freqs.weight`), slow the slow pairs down: Llama 3 does that.
    pub fn rope_speeds(&self, factors: Option<&[f32]>) -> Vec<f32> {
        let speed = |at: usize| {
            let exponent = -2.0 * at as f64 / self.head_width as f64;
            self.rope_base.powf(exponent) as f32 / factors.map_or(1.0, |factors| factors[at])
        };
        (0..self.head_width / 2).map(speed).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_sizes_a_file_may_claim_do_not_overflow() {
        const MOST: usize = 1 << 20;
        let shape = Shape {
            layers: MOST,
            width: MOST,
            heads: MOST,
            key_heads: MOST,
            head_width: MOST,
            inner_width: MOST,
            context: MOST,
            epsilon: 1e-5,
            rope_base: 10_000.0,
            interleaved: false,
        };
        let shape = shape.checked().unwrap();
        assert_eq!(shape.state_bytes(MOST, 2), u64::MAX);
        assert_eq!(shape.state_bytes(1, 2), 1 << 62);
    }
}
