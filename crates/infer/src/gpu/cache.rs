//! Compiled pipelines, kept on disk: a driver may take seconds to compile the kernels of a model.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::Gpu;

const DIGEST: usize = 32;

/// What a driver compiled, and the file it comes from and goes to.
pub(crate) struct PipelineCache {
    pub cache: wgpu::PipelineCache,
    file: PathBuf,
    read: Vec<u8>,
}

impl PipelineCache {
    /// The cache of an adapter in `folder`; none where the adapter offers none.
    pub fn open(gpu: &Gpu, folder: &Path) -> Option<PipelineCache> {
        let key = wgpu::util::pipeline_cache_key(&gpu.info)?;
        if !gpu.offers(wgpu::Features::PIPELINE_CACHE) {
            return None;
        }
        let file = folder.join(format!("{key}.bin"));
        let read = std::fs::read(&file)
            .ok()
            .and_then(whole)
            .unwrap_or_default();
        let wanted = wgpu::PipelineCacheDescriptor {
            label: Some("pipelines"),
            data: (!read.is_empty()).then_some(read.as_slice()),
            fallback: true,
        };
        // SAFETY: the digest says that these are the bytes that `keep` wrote, which came from `get_data`; wgpu and the
        // driver check that they were theirs.
        let cache = unsafe { gpu.device.create_pipeline_cache(&wanted) };
        Some(PipelineCache { cache, file, read })
    }

    /// Writes what was compiled, when it is more than was read.
    pub fn keep(&self) {
        let Some(data) = self.cache.get_data().filter(|data| *data != self.read) else {
            return;
        };
        let bytes = [Sha256::digest(&data).as_slice(), &data].concat();
        let new = self.file.with_extension("new");
        let written = std::fs::write(&new, bytes).and_then(|()| std::fs::rename(&new, &self.file));
        // A folder that cannot be written to costs the next start some compiling.
        if let Err(error) = written {
            tracing::debug!(%error, "the compiled kernels could not be written");
        }
    }
}

/// The data of a file that is undamaged.
fn whole(file: Vec<u8>) -> Option<Vec<u8>> {
    let (digest, data) = file.split_first_chunk::<DIGEST>()?;
    let found: [u8; DIGEST] = Sha256::digest(data).into();
    (found == *digest).then(|| data.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpu::Adapters;

    #[test]
    fn only_an_undamaged_file_is_handed_to_the_driver() {
        let gpu = Gpu::open(Adapters::Any).unwrap_or_else(|error| panic!("{error}"));
        let folder = tempfile::tempdir().unwrap();
        let Some(cache) = PipelineCache::open(&gpu, folder.path()) else {
            return;
        };
        assert!(cache.read.is_empty());
        cache.keep();
        let Ok(mut bytes) = std::fs::read(&cache.file) else {
            return;
        };
        let again = PipelineCache::open(&gpu, folder.path()).unwrap();
        assert_eq!(again.read, bytes[DIGEST..]);
        bytes[DIGEST] ^= 1;
        std::fs::write(&cache.file, &bytes).unwrap();
        assert!(
            PipelineCache::open(&gpu, folder.path())
                .unwrap()
                .read
                .is_empty()
        );
    }
}
