//! The tensors of a GGUF file, mapped into memory and handed out with their shapes checked.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs::File;
use std::path::Path;

use memmap2::Mmap;

use crate::gguf::{GgufError, Header, TensorInfo};
use crate::shape::FAMILIES;

/// An open file of weights. What is read from it is paged in by the system and paged out again with
/// [`release`](Self::release).
pub(crate) struct WeightFile<'a> {
    map: Mmap,
    header: &'a Header,
    used: RefCell<BTreeSet<String>>,
}

/// One tensor as packed in the file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Packed<'a> {
    pub info: &'a TensorInfo,
    pub bytes: &'a [u8],
}

impl<'a> WeightFile<'a> {
    /// Maps the file at `path`, whose checked header is `header`.
    pub fn open(path: &Path, header: &'a Header) -> Result<WeightFile<'a>, LoadError> {
        let file = File::open(path).map_err(GgufError::Read)?;
        // SAFETY: the map is read-only. Who truncates a model file while it is being loaded ends this process; who
        // overwrites it gets a model that talks nonsense. Neither reaches memory outside the map.
        let map = unsafe { Mmap::map(&file) }.map_err(GgufError::Read)?;
        let end = header
            .tensors()
            .map(|(_, tensor)| tensor.start + tensor.size as u64)
            .max();
        match end.unwrap_or(0) > map.len() as u64 {
            true => Err(GgufError::BeyondEnd { what: "a tensor" }.into()),
            false => Ok(WeightFile {
                map,
                header,
                used: RefCell::default(),
            }),
        }
    }

    /// Whether there is a tensor of this name.
    pub fn has(&self, name: &str) -> bool {
        self.header.tensor(name).is_ok()
    }

    /// The tensor `name`, which must have the shape `shape`, rows first.
    pub fn tensor(&self, name: &str, shape: &[usize]) -> Result<Packed<'_>, LoadError> {
        let info = self.header.tensor(name)?;
        if info.shape != shape {
            return Err(LoadError::Shape {
                name: name.into(),
                found: info.shape.clone(),
                expected: shape.into(),
            });
        }
        self.used.borrow_mut().insert(name.to_owned());
        let start = info.start as usize;
        Ok(Packed {
            info,
            bytes: &self.map[start..start + info.size],
        })
    }

    /// Gives the memory of a tensor's pages back to the system; reading it again reads the file again.
    pub fn release(&self, tensor: Packed<'_>) {
        self.release_part(tensor, 0..tensor.bytes.len());
    }

    /// The same for some of its bytes.
    pub fn release_part(&self, tensor: Packed<'_>, part: std::ops::Range<usize>) {
        #[cfg(unix)]
        {
            let start = tensor.info.start as usize + part.start;
            // SAFETY: the map is read-only and backed by the file, so dropped pages come back with the same content.
            let _ = unsafe {
                self.map.unchecked_advise_range(
                    memmap2::UncheckedAdvice::DontNeed,
                    start,
                    part.len(),
                )
            };
        }
        #[cfg(not(unix))]
        let _ = (tensor, part);
    }

    /// Fails when the file has tensors that were never asked for: then it is another model than its metadata says.
    pub fn require_all_used(&self) -> Result<(), LoadError> {
        let used = self.used.borrow();
        let extra: Vec<String> = self
            .header
            .tensors()
            .map(|(name, _)| name)
            .filter(|name| !used.contains(*name) && *name != "rope_freqs.weight")
            .map(str::to_owned)
            .collect();
        match extra.is_empty() {
            true => Ok(()),
            false => Err(LoadError::Extra(extra)),
        }
    }
}

/// Why weights could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The file is damaged or incomplete.
    #[error(transparent)]
    Gguf(#[from] GgufError),
    /// A family this program has no code for.
    #[error("models of the family `{0}` are not supported; supported are {known}", known = FAMILIES.join(" and "))]
    Family(String),
    /// A tensor is not as long or wide as the metadata says.
    #[error("its tensor `{name}` has the shape {found:?} where {expected:?} is needed")]
    Shape {
        /// The tensor.
        name: String,
        /// Its shape in the file.
        found: Vec<usize>,
        /// The shape that the metadata calls for.
        expected: Vec<usize>,
    },
    /// Tensors that the family has no place for.
    #[error("it has tensors that models of its family do not have: {}", listed(.0))]
    Extra(Vec<String>),
    /// A packing of weights that this backend has no product for.
    #[error(
        "its tensor `{name}` is packed as {packing}, which is not supported here; requantise it as Q4_K_M or Q8_0"
    )]
    Packing {
        /// The tensor.
        name: String,
        /// How it is packed.
        packing: String,
    },
    /// The backend failed: out of memory, a lost device.
    #[error("the weights could not be placed: {0}")]
    Backend(String),
}

impl From<candle_core::Error> for LoadError {
    fn from(error: candle_core::Error) -> LoadError {
        LoadError::Backend(error.to_string())
    }
}

/// The first few names.
fn listed(names: &[String]) -> String {
    const SHOWN: usize = 5;
    let shown = names[..names.len().min(SHOWN)].join(", ");
    match names.len() > SHOWN {
        true => format!("{shown} and {} more", names.len() - SHOWN),
        false => shown,
    }
}
