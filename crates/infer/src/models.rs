//! Where model files lie, and how they become models: found, verified, checked, loaded.

#[cfg(test)]
mod tests;

use std::fs::{self, File};
use std::io::Read;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use sha2::{Digest, Sha256};

use crate::candle::Transformer;
use crate::classify::{self, TokenClassifier};
use crate::cpu;
use crate::embed::{Embedder, EmbedderKind, SentenceEncoder};
use crate::fallback::Fallback;
use crate::gguf::{GgufError, Header};
use crate::gpu::{self, Adapters, Gpu};
use crate::model::LanguageModel;
use crate::prompt::ChatFormat;
use crate::shape::Shape;
use crate::tokenizer::{Tokenizer, TokenizerError};
use crate::weights::LoadError;

/// The folder with one folder for each model, named as its manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelFolder {
    path: PathBuf,
}

/// Where the computing is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DeviceChoice {
    /// The processor, with our own kernels.
    #[default]
    Cpu,
    /// The processor, with candle's kernels: what the others are compared with, and slower.
    Reference,
    /// A graphics adapter, with our own kernels; a software adapter where there is no other.
    Gpu,
    /// An NVIDIA card when this build has CUDA and there is one, else graphics hardware, else the processor.
    Fastest,
}

/// How to open a language model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenOptions {
    /// Where it computes.
    pub device: DeviceChoice,
    /// The most tokens to hold. Memory for them is taken as they come.
    pub context: usize,
    /// Threads of the processor to compute on; `None` for all it has.
    pub threads: Option<NonZero<usize>>,
    /// The SHA-256 the file must have, in lower-case hex. `None` for a file of the user's own.
    pub sha256: Option<String>,
}

impl Default for OpenOptions {
    fn default() -> OpenOptions {
        OpenOptions {
            device: DeviceChoice::Cpu,
            context: 4096,
            threads: None,
            sha256: None,
        }
    }
}

/// Why a model could not be opened. The messages say what to do.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A file is not there.
    #[error("the model file {} is missing: run `npm start` or `cargo xtask models` to fetch it", .path.display())]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// A file is there but damaged or not what the manifest promises.
    #[error("the model file {} is damaged ({reason}): delete it and run `npm start` or `cargo xtask models` to fetch it again", .path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A file is in order but of a kind this program has no code for.
    #[error("the model {} cannot be used: {reason}", .path.display())]
    Unsupported {
        /// The file.
        path: PathBuf,
        /// What is not supported, and what is.
        reason: String,
    },
    /// The machine has not enough free memory; choose a smaller model or context.
    #[error("the model {} needs about {needed_mib} MiB of memory and {available_mib} MiB are free: close programs or choose a smaller model", .path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Memory it would take.
        needed_mib: u64,
        /// Memory there is.
        available_mib: u64,
    },
    /// An embedder of this name does not exist.
    #[error("there is no embedder `{0}`; there are {known}", known = EmbedderKind::ALL.map(|kind| kind.id).join(", "))]
    UnknownEmbedder(String),
    /// The system refused to read a file.
    #[error("the model file {} cannot be read: {source}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The reason the system gave.
        source: std::io::Error,
    },
}

impl ModelFolder {
    /// A folder at a given place.
    pub fn new(path: impl Into<PathBuf>) -> ModelFolder {
        ModelFolder { path: path.into() }
    }

    /// The folder the environment names: `AFTERIMAGE_MODELS`, or `afterimage/models` in the user's cache.
    pub fn from_environment() -> ModelFolder {
        let from = |name: &str| {
            std::env::var_os(name)
                .filter(|value| !value.is_empty())
                .map(PathBuf::from)
        };
        let cache = || {
            from("XDG_CACHE_HOME")
                .or_else(|| from("HOME").map(|home| home.join(".cache")))
                .unwrap_or_default()
        };
        ModelFolder {
            path: from("AFTERIMAGE_MODELS")
                .unwrap_or_else(|| cache().join("afterimage").join("models")),
        }
    }

    /// Where the folder is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file `name` of the model `id`; an error that says how to fetch it when it is not there.
    pub fn file(&self, id: &str, name: &str) -> Result<PathBuf, OpenError> {
        let path = self.path.join(id).join(name);
        match path.is_file() {
            true => Ok(path),
            false => Err(OpenError::Missing { path }),
        }
    }

    /// Opens the embedder `id`, which reads texts up to `most_tokens` tokens.
    pub fn open_embedder(
        &self,
        id: &str,
        most_tokens: usize,
    ) -> Result<Box<dyn Embedder>, OpenError> {
        let kind = EmbedderKind::of(id).ok_or_else(|| OpenError::UnknownEmbedder(id.into()))?;
        let files = kind.files.iter().map(|name| self.file(id, name));
        let files = files.collect::<Result<Vec<_>, _>>()?;
        let paths: Vec<&Path> = files.iter().map(PathBuf::as_path).collect();
        let loaded = SentenceEncoder::load(kind, &paths, most_tokens, all_threads());
        Ok(Box::new(loaded.map_err(|reason| OpenError::Corrupt {
            path: files[0].clone(),
            reason,
        })?))
    }

    /// Opens the model `id` that labels tokens.
    pub fn open_classifier(&self, id: &str) -> Result<TokenClassifier, OpenError> {
        let [weights, tokenizer, configuration] = classify::FILES.map(|name| self.file(id, name));
        let (weights, tokenizer, configuration) = (weights?, tokenizer?, configuration?);
        TokenClassifier::load([&weights, &tokenizer, &configuration], all_threads()).map_err(
            |reason| OpenError::Corrupt {
                path: weights.clone(),
                reason,
            },
        )
    }

    /// Opens the language model `id`.
    pub fn open_language_model(
        &self,
        id: &str,
        options: &OpenOptions,
    ) -> Result<Box<dyn LanguageModel>, OpenError> {
        open_language_model(&self.file(id, "model.gguf")?, options)
    }
}

/// Opens the GGUF file at `path`: verifies its hash when one is given, checks its header, then loads it.
pub fn open_language_model(
    path: &Path,
    options: &OpenOptions,
) -> Result<Box<dyn LanguageModel>, OpenError> {
    open(path, options, |source| source.load())
}

/// Places the weights of the GGUF file at `path` on a graphics adapter, and measures the kernels that read them.
pub fn measure_kernels(path: &Path, options: &OpenOptions) -> Result<Vec<gpu::Speed>, OpenError> {
    open(path, options, |source| {
        Ok(source.decoder(Adapters::Any)?.measure()?)
    })
}

fn open<T>(
    path: &Path,
    options: &OpenOptions,
    load: impl FnOnce(&Source) -> Result<T, LoadError>,
) -> Result<T, OpenError> {
    if !path.is_file() {
        return Err(OpenError::Missing { path: path.into() });
    }
    if let Some(sha256) = &options.sha256 {
        verify(path, sha256)?;
    }
    let mut header = Header::open(path).map_err(|error| of_gguf(path, error))?;
    require_memory(path, &header, options.context, available_memory())?;
    let tokenizer =
        Arc::new(Tokenizer::from_gguf(&header).map_err(|error| of_tokenizer(path, error))?);
    let format = ChatFormat::of(&tokenizer).ok_or_else(|| {
        unsupported(
            path,
            "its chat format is not known; known are ChatML and Llama 3",
        )
    })?;
    header.forget_vocabulary();
    give_memory_back();
    let source = Source {
        path,
        header: &header,
        tokenizer,
        format,
        options,
    };
    load(&source).map_err(|error| of_load(path, error))
}

/// A checked file on its way to become a model.
struct Source<'a> {
    path: &'a Path,
    header: &'a Header,
    tokenizer: Arc<Tokenizer>,
    format: ChatFormat,
    options: &'a OpenOptions,
}

impl Source<'_> {
    fn load(&self) -> Result<Box<dyn LanguageModel>, LoadError> {
        match self.options.device {
            DeviceChoice::Cpu => self.on_processor(),
            DeviceChoice::Reference => self.through_candle(&candle_core::Device::Cpu),
            DeviceChoice::Gpu => self.on_adapter(Adapters::Any),
            DeviceChoice::Fastest => self.fastest(),
        }
    }

    /// Where it is fastest of what works: why something faster did not is in the log.
    fn fastest(&self) -> Result<Box<dyn LanguageModel>, LoadError> {
        match candle_core::Device::cuda_if_available(0) {
            Ok(device) if device.is_cuda() => match self.through_candle(&device) {
                Ok(model) => return Ok(model),
                Err(reason) => tracing::warn!(%reason, "the model does not run through CUDA"),
            },
            // Built without it, or there is no such card.
            Ok(_) => {}
            Err(reason) => tracing::warn!(%reason, "no CUDA device could be opened"),
        }
        self.on_adapter(Adapters::Hardware).or_else(|reason| {
            tracing::info!(%reason, "the model runs on the processor");
            self.on_processor()
        })
    }

    /// On a graphics adapter, and on the processor from the moment the adapter fails.
    fn on_adapter(&self, adapters: Adapters) -> Result<Box<dyn LanguageModel>, LoadError> {
        let model = self.decoder(adapters)?;
        let path = self.path.to_owned();
        let options = OpenOptions {
            device: DeviceChoice::Cpu,
            sha256: None,
            ..self.options.clone()
        };
        let reopen =
            move || open_language_model(&path, &options).map_err(|error| error.to_string());
        Ok(Box::new(Fallback::new(Box::new(model), Box::new(reopen))))
    }

    fn decoder(&self, adapters: Adapters) -> Result<gpu::Decoder, LoadError> {
        gpu::Decoder::load(
            Gpu::shared(adapters)?,
            self.path,
            self.header,
            (self.tokenizer.clone(), self.format),
            self.options.context,
            Some(ModelFolder::from_environment().path()),
        )
    }

    fn on_processor(&self) -> Result<Box<dyn LanguageModel>, LoadError> {
        let loaded = cpu::Decoder::load(
            self.path,
            self.header,
            self.tokenizer.clone(),
            self.format,
            self.options.context,
            self.options.threads.unwrap_or_else(all_threads),
        );
        match loaded {
            // Packings that nobody publishes models in any more: candle knows them.
            Err(LoadError::Packing { name, packing }) => {
                tracing::warn!(
                    name,
                    packing,
                    "no own kernels for this packing; candle's are used"
                );
                self.through_candle(&candle_core::Device::Cpu)
            }
            loaded => Ok(Box::new(loaded?)),
        }
    }

    fn through_candle(
        &self,
        device: &candle_core::Device,
    ) -> Result<Box<dyn LanguageModel>, LoadError> {
        Ok(Box::new(Transformer::load(
            self.path,
            self.header,
            self.tokenizer.clone(),
            self.format,
            device,
            self.options.context,
        )?))
    }
}

/// Returns what making the tokenizer took and left to the system, before the weights take as much as they do.
fn give_memory_back() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: it only returns free memory of the allocator.
    unsafe {
        libc::malloc_trim(0);
    }
}

/// More threads than this wait for the memory rather than compute.
const MOST_THREADS: NonZero<usize> = NonZero::new(8).unwrap();

/// Threads when nobody says how many.
fn all_threads() -> NonZero<usize> {
    let all = std::thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN);
    all.min(MOST_THREADS)
}

/// Checks the SHA-256 of a file. A stamp beside it remembers the result for as long as size and time stay the same,
/// so that only the first start after a download pays for it.
pub fn verify(path: &Path, sha256: &str) -> Result<(), OpenError> {
    let io = |source| OpenError::Io {
        path: path.into(),
        source,
    };
    let stamp = stamp(path, sha256).map_err(io)?;
    let stamp_path = path.with_added_extension("verified");
    if fs::read_to_string(&stamp_path).is_ok_and(|found| found == stamp) {
        return Ok(());
    }
    verify_whole(path, sha256)?;
    // A folder that cannot be written to costs the next start a hash.
    if let Err(error) = fs::write(&stamp_path, stamp) {
        tracing::debug!(%error, "the verified stamp of a model could not be written");
    }
    Ok(())
}

/// The same without a stamp: a file that rots keeps its size and time. For models that are small enough to be read at each start.
pub fn verify_whole(path: &Path, sha256: &str) -> Result<(), OpenError> {
    let found = hash(path).map_err(|source| OpenError::Io {
        path: path.into(),
        source,
    })?;
    match found == sha256.to_ascii_lowercase() {
        true => Ok(()),
        false => Err(OpenError::Corrupt {
            path: path.into(),
            reason: format!("its SHA-256 is {found}, not {sha256}"),
        }),
    }
}

fn stamp(path: &Path, sha256: &str) -> std::io::Result<String> {
    let metadata = fs::metadata(path)?;
    let modified = metadata
        .modified()?
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Ok(format!(
        "{sha256} {} {}.{:09}\n",
        metadata.len(),
        modified.as_secs(),
        modified.subsec_nanos()
    ))
}

fn hash(path: &Path) -> std::io::Result<String> {
    let mut file = File::open(path)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            count => hasher.update(&buffer[..count]),
        }
    }
    Ok(hasher
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect())
}

fn require_memory(
    path: &Path,
    header: &Header,
    context: usize,
    available: Option<u64>,
) -> Result<(), OpenError> {
    let needed = bytes_needed(header, context).map_err(|error| of_load(path, error))?;
    match available {
        Some(available) if needed > available => Err(OpenError::TooLarge {
            path: path.into(),
            needed_mib: needed >> 20,
            available_mib: available >> 20,
        }),
        _ => Ok(()),
    }
}

/// Bytes that the weights and the keys and values of one full context take.
fn bytes_needed(header: &Header, context: usize) -> Result<u64, LoadError> {
    let shape = Shape::of(header, context)?;
    let weights: u64 = header.tensors().map(|(_, tensor)| tensor.size as u64).sum();
    Ok(weights.saturating_add(shape.state_bytes(shape.context, 2)))
}

/// Free memory in bytes where the system tells it in `/proc/meminfo`.
fn available_memory() -> Option<u64> {
    let table = fs::read_to_string("/proc/meminfo").ok()?;
    let line = table
        .lines()
        .find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib << 10)
}

fn of_gguf(path: &Path, error: GgufError) -> OpenError {
    match error {
        GgufError::Read(source) => OpenError::Io {
            path: path.into(),
            source,
        },
        GgufError::Version(_) => unsupported(path, error),
        _ => OpenError::Corrupt {
            path: path.into(),
            reason: error.to_string(),
        },
    }
}

fn of_tokenizer(path: &Path, error: TokenizerError) -> OpenError {
    match error {
        TokenizerError::Gguf(error) => of_gguf(path, error),
        TokenizerError::Unsupported(_) => unsupported(path, error),
        TokenizerError::Damaged(reason) => OpenError::Corrupt {
            path: path.into(),
            reason,
        },
    }
}

fn of_load(path: &Path, error: LoadError) -> OpenError {
    match error {
        LoadError::Gguf(error) => of_gguf(path, error),
        LoadError::Shape { .. } | LoadError::Extra(_) => OpenError::Corrupt {
            path: path.into(),
            reason: error.to_string(),
        },
        LoadError::Family(_) | LoadError::Packing { .. } | LoadError::Backend(_) => {
            unsupported(path, error)
        }
    }
}

fn unsupported(path: &Path, reason: impl ToString) -> OpenError {
    OpenError::Unsupported {
        path: path.into(),
        reason: reason.to_string(),
    }
}
