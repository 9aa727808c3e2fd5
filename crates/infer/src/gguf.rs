//! The header of a GGUF file, checked before anything trusts it.
//!
//! A model file is input like any other. [`Header::read`] checks every count, length, shape and offset against the
//! size of the file before it allocates or multiplies, so that what comes after (weights, tokenizer) works from
//! numbers that cannot overflow or point outside the file.

use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use candle_core::quantized::GgmlDType;

/// What a GGUF file says about itself and where its tensors lie.
#[derive(Debug, Clone)]
pub struct Header {
    metadata: BTreeMap<String, Value>,
    tensors: BTreeMap<String, TensorInfo>,
}

/// One tensor: its shape and the bytes of the file that hold it. The bytes are known to be inside the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TensorInfo {
    /// How the values are packed.
    pub dtype: GgmlDType,
    /// Rows first: a linear layer is `[out, in]`.
    pub shape: Vec<usize>,
    /// First byte, counted from the start of the file.
    pub start: u64,
    /// Number of bytes.
    pub size: usize,
}

/// A metadata value. Numbers of all widths are widened; arrays hold one kind of element.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Any integer type.
    Integer(i128),
    /// Any float type.
    Float(f64),
    /// A boolean.
    Bool(bool),
    /// A string.
    Text(String),
    /// An array of strings.
    Texts(Vec<String>),
    /// An array of integers or booleans.
    Integers(Vec<i64>),
    /// An array of floats.
    Floats(Vec<f64>),
}

/// Why a file is not a GGUF we can trust.
#[derive(Debug, thiserror::Error)]
pub enum GgufError {
    /// The file could not be read.
    #[error("it cannot be read: {0}")]
    Read(#[from] std::io::Error),
    /// It is some other kind of file.
    #[error("it is not a GGUF file")]
    NotGguf,
    /// A version of the format this program does not know.
    #[error("it uses version {0} of the GGUF format; versions 2 and 3 are known")]
    Version(u32),
    /// A length, count or offset reaches beyond the end of the file.
    #[error(
        "{what} reaches beyond the end of the file; the file is cut short or its header is damaged"
    )]
    BeyondEnd {
        /// What was being read.
        what: &'static str,
    },
    /// A number in the header cannot be true.
    #[error("its header is damaged: {0}")]
    Damaged(String),
    /// A key that is needed is missing or has another type.
    #[error("its metadata has no usable `{0}`")]
    Key(String),
    /// A tensor that is needed is missing.
    #[error("it has no tensor `{0}`")]
    Tensor(String),
}

// More than any model has, far less than an allocation that could hurt.
const MAX_ENTRIES: u64 = 1 << 16;
const MAX_DIMENSIONS: u32 = 4;
const MAX_KEY_LENGTH: u64 = 1 << 16;
const DEFAULT_ALIGNMENT: u64 = 32;

impl Header {
    /// Reads and checks the header of the file at `path`.
    pub fn open(path: &Path) -> Result<Header, GgufError> {
        let file = File::open(path)?;
        let size = file.metadata()?.len();
        Header::read(BufReader::with_capacity(1 << 18, file), size)
    }

    /// Reads and checks a header from the start of `input`, which holds `size` bytes in all.
    pub fn read(input: impl Read, size: u64) -> Result<Header, GgufError> {
        let mut cursor = Cursor {
            input,
            position: 0,
            size,
        };
        if cursor
            .bytes(4, "the magic number")
            .map_err(|_| GgufError::NotGguf)?
            != b"GGUF"
        {
            return Err(GgufError::NotGguf);
        }
        match cursor.u32()? {
            2 | 3 => {}
            other => return Err(GgufError::Version(other)),
        }
        let tensor_count = cursor.count("tensors")?;
        let metadata_count = cursor.count("metadata entries")?;
        let metadata = read_metadata(&mut cursor, metadata_count)?;
        let alignment = alignment(&metadata)?;
        let entries = read_tensor_entries(&mut cursor, tensor_count)?;
        let data_start = cursor.position.next_multiple_of(alignment);
        let tensors = place_tensors(entries, data_start, alignment, size)?;
        Ok(Header { metadata, tensors })
    }

    /// The family of the model, such as `qwen2`.
    pub fn architecture(&self) -> Result<&str, GgufError> {
        self.text("general.architecture")
    }

    /// Any metadata value.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.metadata.get(key)
    }

    /// A string.
    pub fn text(&self, key: &str) -> Result<&str, GgufError> {
        match self.get(key) {
            Some(Value::Text(text)) => Ok(text),
            _ => Err(GgufError::Key(key.into())),
        }
    }

    /// A non-negative integer that fits `usize`.
    pub fn number(&self, key: &str) -> Result<usize, GgufError> {
        match self.get(key) {
            Some(Value::Integer(number)) => {
                usize::try_from(*number).map_err(|_| GgufError::Key(key.into()))
            }
            _ => Err(GgufError::Key(key.into())),
        }
    }

    /// A finite float.
    pub fn float(&self, key: &str) -> Result<f64, GgufError> {
        match self.get(key) {
            Some(Value::Float(number)) if number.is_finite() => Ok(*number),
            _ => Err(GgufError::Key(key.into())),
        }
    }

    /// A boolean; `false` when the key is absent.
    pub fn flag(&self, key: &str) -> bool {
        matches!(self.get(key), Some(Value::Bool(true)))
    }

    /// An array of strings.
    pub fn texts(&self, key: &str) -> Result<&[String], GgufError> {
        match self.get(key) {
            Some(Value::Texts(texts)) => Ok(texts),
            _ => Err(GgufError::Key(key.into())),
        }
    }

    /// A tensor by name.
    pub fn tensor(&self, name: &str) -> Result<&TensorInfo, GgufError> {
        self.tensors
            .get(name)
            .ok_or_else(|| GgufError::Tensor(name.into()))
    }

    /// Forgets the vocabulary, once a tokenizer is made of it: tens of megabytes.
    pub fn forget_vocabulary(&mut self) {
        self.metadata
            .retain(|key, _| !key.starts_with("tokenizer."));
    }

    /// All tensors by name.
    pub fn tensors(&self) -> impl Iterator<Item = (&str, &TensorInfo)> {
        self.tensors
            .iter()
            .map(|(name, tensor)| (name.as_str(), tensor))
    }
}

fn read_metadata<R: Read>(
    cursor: &mut Cursor<R>,
    count: u64,
) -> Result<BTreeMap<String, Value>, GgufError> {
    let mut metadata = BTreeMap::new();
    for _ in 0..count {
        let key = cursor.key()?;
        let kind = cursor.u32()?;
        let value = read_value(cursor, kind)?;
        if metadata.insert(key.clone(), value).is_some() {
            return Err(GgufError::Damaged(format!("the key `{key}` occurs twice")));
        }
    }
    Ok(metadata)
}

fn read_value<R: Read>(cursor: &mut Cursor<R>, kind: u32) -> Result<Value, GgufError> {
    Ok(match kind {
        6 | 12 => Value::Float(cursor.float(kind)?),
        7 => Value::Bool(cursor.integer(kind)? != 0),
        8 => Value::Text(cursor.text()?),
        9 => read_array(cursor)?,
        _ => Value::Integer(cursor.integer(kind)?),
    })
}

fn read_array<R: Read>(cursor: &mut Cursor<R>) -> Result<Value, GgufError> {
    let kind = cursor.u32()?;
    let count = cursor.u64()?;
    let least = count
        .checked_mul(least_size(kind)?)
        .ok_or(GgufError::BeyondEnd { what: "an array" })?;
    cursor.require(least, "an array")?;
    Ok(match kind {
        8 => Value::Texts(
            (0..count)
                .map(|_| cursor.text())
                .collect::<Result<_, _>>()?,
        ),
        6 | 12 => Value::Floats(
            (0..count)
                .map(|_| cursor.float(kind))
                .collect::<Result<_, _>>()?,
        ),
        _ => Value::Integers(
            (0..count)
                .map(|_| cursor.integer(kind).map(|n| n as i64))
                .collect::<Result<_, _>>()?,
        ),
    })
}

/// The fewest bytes one array element takes in the file.
fn least_size(kind: u32) -> Result<u64, GgufError> {
    match kind {
        0 | 1 | 7 => Ok(1),
        2 | 3 => Ok(2),
        4..=6 => Ok(4),
        8 | 10..=12 => Ok(8),
        9 => Err(GgufError::Damaged(
            "arrays of arrays are not used by any model known here".into(),
        )),
        other => Err(GgufError::Damaged(format!(
            "{other} is not a metadata type"
        ))),
    }
}

fn alignment(metadata: &BTreeMap<String, Value>) -> Result<u64, GgufError> {
    match metadata.get("general.alignment") {
        None => Ok(DEFAULT_ALIGNMENT),
        Some(Value::Integer(n)) if (1..=1 << 16).contains(n) && (*n as u64).is_power_of_two() => {
            Ok(*n as u64)
        }
        Some(_) => Err(GgufError::Damaged(
            "its alignment is not a power of two".into(),
        )),
    }
}

struct Entry {
    name: String,
    shape: Vec<usize>,
    dtype: GgmlDType,
    size: u64,
    offset: u64,
}

fn read_tensor_entries<R: Read>(
    cursor: &mut Cursor<R>,
    count: u64,
) -> Result<Vec<Entry>, GgufError> {
    let mut names = HashSet::new();
    let mut entries = Vec::new();
    for _ in 0..count {
        let entry = read_tensor_entry(cursor)?;
        if !names.insert(entry.name.clone()) {
            return Err(GgufError::Damaged(format!(
                "the tensor `{}` occurs twice",
                entry.name
            )));
        }
        entries.push(entry);
    }
    Ok(entries)
}

fn read_tensor_entry<R: Read>(cursor: &mut Cursor<R>) -> Result<Entry, GgufError> {
    let name = cursor.key()?;
    let dimensions = cursor.u32()?;
    if dimensions == 0 || dimensions > MAX_DIMENSIONS {
        return Err(GgufError::Damaged(format!(
            "the tensor `{name}` has {dimensions} dimensions"
        )));
    }
    let innermost_first = (0..dimensions)
        .map(|_| cursor.u64())
        .collect::<Result<Vec<_>, _>>()?;
    let dtype = packing(cursor.u32()?)?;
    let offset = cursor.u64()?;
    let size = packed_size(&innermost_first, dtype).ok_or_else(|| {
        GgufError::Damaged(format!("the shape of the tensor `{name}` is impossible"))
    })?;
    let shape = innermost_first.iter().rev().map(|&n| n as usize).collect();
    Ok(Entry {
        name,
        shape,
        dtype,
        size,
        offset,
    })
}

/// Bytes of a tensor, or nothing when the shape overflows, is empty or does not divide into blocks.
fn packed_size(innermost_first: &[u64], dtype: GgmlDType) -> Option<u64> {
    let elements = innermost_first
        .iter()
        .try_fold(1u64, |product, &n| product.checked_mul(n))?;
    let block = dtype.block_size() as u64;
    if elements == 0 || !innermost_first[0].is_multiple_of(block) {
        return None;
    }
    let size = (elements / block).checked_mul(dtype.type_size() as u64)?;
    usize::try_from(elements).ok()?;
    Some(size)
}

fn packing(code: u32) -> Result<GgmlDType, GgufError> {
    Ok(match code {
        0 => GgmlDType::F32,
        1 => GgmlDType::F16,
        2 => GgmlDType::Q4_0,
        3 => GgmlDType::Q4_1,
        6 => GgmlDType::Q5_0,
        7 => GgmlDType::Q5_1,
        8 => GgmlDType::Q8_0,
        9 => GgmlDType::Q8_1,
        10 => GgmlDType::Q2K,
        11 => GgmlDType::Q3K,
        12 => GgmlDType::Q4K,
        13 => GgmlDType::Q5K,
        14 => GgmlDType::Q6K,
        15 => GgmlDType::Q8K,
        30 => GgmlDType::BF16,
        other => {
            return Err(GgufError::Damaged(format!(
                "the quantisation type {other} is not known here"
            )));
        }
    })
}

fn place_tensors(
    entries: Vec<Entry>,
    data_start: u64,
    alignment: u64,
    file_size: u64,
) -> Result<BTreeMap<String, TensorInfo>, GgufError> {
    let beyond = GgufError::BeyondEnd { what: "a tensor" };
    let mut tensors = BTreeMap::new();
    for entry in entries {
        let start = data_start.checked_add(entry.offset);
        let end = start.and_then(|start| start.checked_add(entry.size));
        let (Some(start), Some(end)) = (start, end) else {
            return Err(beyond);
        };
        if end > file_size {
            return Err(beyond);
        }
        if !entry.offset.is_multiple_of(alignment) {
            return Err(GgufError::Damaged(format!(
                "the tensor `{}` is not aligned",
                entry.name
            )));
        }
        let info = TensorInfo {
            dtype: entry.dtype,
            shape: entry.shape,
            start,
            size: entry.size as usize,
        };
        tensors.insert(entry.name, info);
    }
    forbid_overlap(&tensors)?;
    Ok(tensors)
}

fn forbid_overlap(tensors: &BTreeMap<String, TensorInfo>) -> Result<(), GgufError> {
    let mut ranges: Vec<_> = tensors
        .values()
        .map(|t| (t.start, t.start + t.size as u64))
        .collect();
    ranges.sort_unstable();
    match ranges.windows(2).any(|pair| pair[0].1 > pair[1].0) {
        true => Err(GgufError::Damaged("two tensors overlap".into())),
        false => Ok(()),
    }
}

/// Reads forward and refuses to go past the end.
struct Cursor<R> {
    input: R,
    position: u64,
    size: u64,
}

impl<R: Read> Cursor<R> {
    fn require(&self, count: u64, what: &'static str) -> Result<(), GgufError> {
        match count <= self.size.saturating_sub(self.position) {
            true => Ok(()),
            false => Err(GgufError::BeyondEnd { what }),
        }
    }

    fn bytes(&mut self, count: u64, what: &'static str) -> Result<Vec<u8>, GgufError> {
        self.require(count, what)?;
        let mut bytes = vec![0; count as usize];
        self.input.read_exact(&mut bytes)?;
        self.position += count;
        Ok(bytes)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], GgufError> {
        self.require(N as u64, "the header")?;
        let mut bytes = [0; N];
        self.input.read_exact(&mut bytes)?;
        self.position += N as u64;
        Ok(bytes)
    }

    fn u32(&mut self) -> Result<u32, GgufError> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    fn u64(&mut self) -> Result<u64, GgufError> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    fn count(&mut self, what: &str) -> Result<u64, GgufError> {
        match self.u64()? {
            count if count <= MAX_ENTRIES => Ok(count),
            count => Err(GgufError::Damaged(format!("it claims {count} {what}"))),
        }
    }

    fn integer(&mut self, kind: u32) -> Result<i128, GgufError> {
        Ok(match kind {
            0 | 7 => u8::from_le_bytes(self.array()?).into(),
            1 => i8::from_le_bytes(self.array()?).into(),
            2 => u16::from_le_bytes(self.array()?).into(),
            3 => i16::from_le_bytes(self.array()?).into(),
            4 => self.u32()?.into(),
            5 => i32::from_le_bytes(self.array()?).into(),
            10 => self.u64()?.into(),
            11 => i64::from_le_bytes(self.array()?).into(),
            other => {
                return Err(GgufError::Damaged(format!(
                    "{other} is not a metadata type"
                )));
            }
        })
    }

    fn float(&mut self, kind: u32) -> Result<f64, GgufError> {
        Ok(match kind {
            6 => f32::from_le_bytes(self.array()?).into(),
            _ => f64::from_le_bytes(self.array()?),
        })
    }

    /// Strings of the vocabulary are not always UTF-8 in the wild; what is not becomes U+FFFD.
    fn text(&mut self) -> Result<String, GgufError> {
        let length = self.u64()?;
        let bytes = self.bytes(length, "a string")?;
        Ok(String::from_utf8(bytes)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
    }

    fn key(&mut self) -> Result<String, GgufError> {
        let length = self.u64()?;
        if length == 0 || length > MAX_KEY_LENGTH {
            return Err(GgufError::Damaged(format!("a name is {length} bytes long")));
        }
        let bytes = self.bytes(length, "a name")?;
        String::from_utf8(bytes).map_err(|_| GgufError::Damaged("a name is not text".into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A small valid file: one string, one number, two tensors.
    fn valid() -> Vec<u8> {
        build(
            3,
            &[("a.weight", &[32, 2], 8, 0), ("b.weight", &[4], 0, 96)],
            112,
        )
    }

    fn build(version: u32, tensors: &[(&str, &[u64], u32, u64)], data: usize) -> Vec<u8> {
        let mut file = b"GGUF".to_vec();
        file.extend(version.to_le_bytes());
        file.extend((tensors.len() as u64).to_le_bytes());
        file.extend(2u64.to_le_bytes());
        push_text(&mut file, "general.architecture");
        file.extend(8u32.to_le_bytes());
        push_text(&mut file, "qwen2");
        push_text(&mut file, "qwen2.context_length");
        file.extend(4u32.to_le_bytes());
        file.extend(4096u32.to_le_bytes());
        for (name, shape, dtype, offset) in tensors {
            push_text(&mut file, name);
            file.extend((shape.len() as u32).to_le_bytes());
            shape.iter().for_each(|n| file.extend(n.to_le_bytes()));
            file.extend(dtype.to_le_bytes());
            file.extend(offset.to_le_bytes());
        }
        file.resize(file.len().next_multiple_of(32) + data, 7);
        file
    }

    fn push_text(file: &mut Vec<u8>, text: &str) {
        file.extend((text.len() as u64).to_le_bytes());
        file.extend(text.as_bytes());
    }

    fn read(file: &[u8]) -> Result<Header, GgufError> {
        Header::read(file, file.len() as u64)
    }

    #[test]
    fn a_valid_file_is_read() {
        let header = read(&valid()).unwrap();
        assert_eq!(header.architecture().unwrap(), "qwen2");
        assert_eq!(header.number("qwen2.context_length").unwrap(), 4096);
        let tensor = header.tensor("a.weight").unwrap();
        assert_eq!(
            (tensor.shape.as_slice(), tensor.size),
            ([2, 32].as_slice(), 68)
        );
        assert!(matches!(
            header.tensor("c.weight"),
            Err(GgufError::Tensor(_))
        ));
    }

    #[test]
    fn damage_is_refused_with_its_reason() {
        fn check(file: &[u8], expected: &str) {
            let message = read(file).expect_err(expected).to_string();
            assert!(
                message.contains(expected),
                "{message} does not say: {expected}"
            );
        }
        check(&[], "not a GGUF");
        check(&[0; 4096], "not a GGUF");
        check(b"GGML\x03\0\0\0", "not a GGUF");
        check(&build(1, &[], 0), "version 1");
        check(&build(77, &[], 0), "version 77");
        check(
            &build(3, &[("a", &[1 << 32, 1 << 32], 8, 0)], 64),
            "impossible",
        );
        check(
            &build(3, &[("a", &[1 << 32, 1 << 31, 2], 0, 0)], 64),
            "impossible",
        );
        check(&build(3, &[("a", &[0], 0, 0)], 64), "impossible");
        check(&build(3, &[("a", &[31], 8, 0)], 64), "impossible");
        check(&build(3, &[("a", &[1; 5], 0, 0)], 64), "5 dimensions");
        check(
            &build(3, &[("a", &[32], 99, 0)], 64),
            "quantisation type 99",
        );
        check(&build(3, &[("a", &[32], 0, 0)], 64), "beyond the end");
        check(
            &build(3, &[("a", &[8], 0, u64::MAX - 31)], 64),
            "beyond the end",
        );
        check(&build(3, &[("a", &[8], 0, 5)], 64), "not aligned");
        check(
            &build(3, &[("a", &[16], 0, 0), ("b", &[16], 0, 32)], 128),
            "overlap",
        );
        check(
            &build(3, &[("a", &[8], 0, 0), ("a", &[8], 0, 32)], 128),
            "twice",
        );
    }

    #[test]
    fn a_file_cut_anywhere_is_refused() {
        let file = valid();
        for length in 0..file.len() - 1 {
            let cut = &file[..length];
            assert!(
                read(cut).is_err() || length >= file.len() - 8,
                "cut at {length} was accepted"
            );
        }
    }

    #[test]
    fn counts_too_big_for_the_file_do_not_allocate() {
        let mut file = valid();
        for at in [8, 16, 24] {
            file[at..at + 8].copy_from_slice(&u64::MAX.to_le_bytes());
            assert!(read(&file).is_err());
        }
    }

    proptest! {
        #[test]
        fn any_flipped_bytes_give_a_header_inside_the_file_or_an_error(
            flips in prop::collection::vec((0usize..280, any::<u8>()), 1..6),
        ) {
            let mut file = valid();
            for (at, value) in flips {
                let at = at % file.len();
                file[at] = value;
            }
            if let Ok(header) = read(&file) {
                for (_, tensor) in header.tensors() {
                    prop_assert!(tensor.start + tensor.size as u64 <= file.len() as u64);
                }
            }
        }
    }
}
