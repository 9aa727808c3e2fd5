//! Vectors kept between throw-away profiles, so that measuring search twice does not embed a benchmark twice. One plain file a model,
//! appended to: 16 bytes of the text's SHA-256 and the vector. Only for profiles whose content is public; the engine refuses it for others.

use crate::api::Failure;
use afterimage_infer::embed::{EmbedError, Embedder, Purpose};
use sha2::{Digest, Sha256};
use std::{
    collections::{HashMap, hash_map::Entry},
    fs::{self, File, OpenOptions},
    io::{self, BufReader, Read, Write},
    path::Path,
    sync::{Mutex, PoisonError},
};

type Key = [u8; 16];

/// An embedder that asks its file first.
pub struct VectorCache {
    model: Box<dyn Embedder>,
    kept: Mutex<Kept>,
}

struct Kept {
    file: File,
    vectors: HashMap<Key, Box<[f32]>>,
}

impl VectorCache {
    /// `model` with the vectors that `folder` keeps for it.
    pub fn open(folder: &Path, model: Box<dyn Embedder>) -> Result<Self, Failure> {
        let open = || {
            fs::create_dir_all(folder)?;
            let path = folder.join(format!("{}.vectors", model.id()));
            let file = OpenOptions::new()
                .create(true)
                .read(true)
                .append(true)
                .open(path)?;
            let vectors = load(&file, model.dims())?;
            // A run that was cut off may have left half an entry; it would shift all that follow.
            let whole = vectors.len() as u64 * entry_bytes(model.dims()) as u64;
            file.set_len(whole)?;
            io::Result::Ok(Kept { file, vectors })
        };
        let kept = open().map_err(|error| Failure::io("use the embedding cache", &error))?;
        Ok(Self {
            model,
            kept: Mutex::new(kept),
        })
    }

    fn keep(&self, new: Vec<(Key, Vec<f32>)>) -> io::Result<()> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let mut bytes = Vec::new();
        for (key, vector) in new {
            if let Entry::Vacant(place) = kept.vectors.entry(key) {
                bytes.extend(key);
                bytes.extend(vector.iter().flat_map(|number| number.to_le_bytes()));
                place.insert(vector.into());
            }
        }
        kept.file.write_all(&bytes)
    }

    fn known(&self, keys: &[Key]) -> Vec<Option<Vec<f32>>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        keys.iter()
            .map(|key| kept.vectors.get(key).map(|vector| vector.to_vec()))
            .collect()
    }
}

impl Embedder for VectorCache {
    fn id(&self) -> &str {
        self.model.id()
    }

    fn dims(&self) -> usize {
        self.model.dims()
    }

    fn embed(&self, texts: &[&str], purpose: Purpose) -> Result<Vec<Vec<f32>>, EmbedError> {
        if purpose == Purpose::Query {
            return self.model.embed(texts, purpose);
        }
        let keys: Vec<Key> = texts.iter().map(|text| key(text)).collect();
        let known = self.known(&keys);
        let missing: Vec<usize> = (0..texts.len()).filter(|at| known[*at].is_none()).collect();
        let unknown: Vec<&str> = missing.iter().map(|at| texts[*at]).collect();
        let new = self.model.embed(&unknown, purpose)?;
        let named = missing.iter().map(|at| keys[*at]).zip(new.iter().cloned());
        // Without the file the next run is slower, nothing else.
        let _ = self.keep(named.collect());
        let mut new = new.into_iter();
        Ok(known
            .into_iter()
            .filter_map(|vector| vector.or_else(|| new.next()))
            .collect())
    }
}

fn load(file: &File, dims: usize) -> io::Result<HashMap<Key, Box<[f32]>>> {
    let mut vectors = HashMap::new();
    let mut input = BufReader::new(file);
    let mut entry = vec![0; entry_bytes(dims)];
    loop {
        match input.read_exact(&mut entry) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(vectors),
            Err(error) => return Err(error),
        }
        let (key, numbers) = entry.split_at(16);
        let numbers = numbers
            .as_chunks::<4>()
            .0
            .iter()
            .map(|bytes| f32::from_le_bytes(*bytes));
        vectors.insert(key.try_into().unwrap_or_default(), numbers.collect());
    }
}

fn entry_bytes(dims: usize) -> usize {
    16 + dims * 4
}

fn key(text: &str) -> Key {
    let hash = Sha256::digest(text.as_bytes());
    let mut key = Key::default();
    key.copy_from_slice(&hash[..16]);
    key
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    };

    /// A vector of a text's length and first byte, and a count of what was computed.
    struct Counting(Arc<AtomicUsize>);

    impl Embedder for Counting {
        fn id(&self) -> &str {
            "counting"
        }

        fn dims(&self) -> usize {
            2
        }

        fn embed(&self, texts: &[&str], _: Purpose) -> Result<Vec<Vec<f32>>, EmbedError> {
            self.0.fetch_add(texts.len(), Ordering::Relaxed);
            let vector = |text: &&str| vec![text.len() as f32, f32::from(text.as_bytes()[0])];
            Ok(texts.iter().map(vector).collect())
        }
    }

    #[test]
    fn what_was_embedded_once_is_not_embedded_again() {
        let folder = tempfile::tempdir().unwrap();
        let computed = Arc::new(AtomicUsize::new(0));
        let open =
            || VectorCache::open(folder.path(), Box::new(Counting(computed.clone()))).unwrap();
        let first = open()
            .embed(&["a", "bb", "ccc"], Purpose::Document)
            .unwrap();
        let again = open();
        assert_eq!(
            again
                .embed(&["ccc", "dddd", "a"], Purpose::Document)
                .unwrap()[0],
            first[2]
        );
        assert_eq!(
            again.embed(&["bb"], Purpose::Document).unwrap()[0],
            first[1]
        );
        assert_eq!(computed.load(Ordering::Relaxed), 4);
    }

    #[test]
    fn half_an_entry_at_the_end_is_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let computed = Arc::new(AtomicUsize::new(0));
        let open =
            || VectorCache::open(folder.path(), Box::new(Counting(computed.clone()))).unwrap();
        open().embed(&["a", "bb"], Purpose::Document).unwrap();
        let path = folder.path().join("counting.vectors");
        let bytes = fs::read(&path).unwrap();
        fs::write(&path, &bytes[..bytes.len() - 3]).unwrap();
        let again = open().embed(&["bb", "a", "bb"], Purpose::Document).unwrap();
        assert_eq!(again[0], again[2]);
        assert_eq!(
            open().embed(&["a", "bb"], Purpose::Document).unwrap()[1],
            again[0]
        );
        assert_eq!(computed.load(Ordering::Relaxed), 4);
    }
}
