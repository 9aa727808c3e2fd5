//! The outside of an archive: age v1 under a passphrase alone. What is inside is authenticated chunk by chunk, and its end as the end.

use super::ArchiveFile;
use crate::{
    error::{Result, StoreError},
    files, strength,
};
use age::{
    DecryptError, Decryptor, Encryptor, Identity, Recipient, scrypt,
    stream::{StreamReader, StreamWriter},
};
use std::{
    fs::File,
    io::{BufReader, BufWriter, Read, Seek},
    iter,
    path::Path,
};

/// What every such file begins with.
const MAGIC: &[u8] = b"age-encryption.org/v1\n";
/// A file may ask for so much work, 4 GiB and some 20 s, and no more.
const MOST_WORK: u8 = 22;

pub(super) type Locking = StreamWriter<BufWriter<File>>;
pub(super) type Unlocking = StreamReader<BufReader<File>>;

/// Refuses a passphrase that is too easy to guess: here one may guess without end.
pub(super) fn vet(file: &ArchiveFile) -> Result<()> {
    strength::demand(&file.passphrase)
}

/// Begins a file at `path` that opens with the passphrase of `file`.
pub(super) fn create(path: &Path, file: &ArchiveFile) -> Result<Locking> {
    let mut recipient = scrypt::Recipient::new(file.passphrase.clone());
    recipient.set_work_factor(file.work);
    let encryptor = Encryptor::with_recipients(iter::once(&recipient as &dyn Recipient));
    let encryptor = encryptor.map_err(|_| StoreError::Internal {
        what: "archive",
        code: 0,
    })?;
    let target = BufWriter::new(files::private_file(path, true)?);
    Ok(encryptor.wrap_output(target)?)
}

/// Ends it and waits until it is on the disk.
pub(super) fn finish(locking: Locking) -> Result<()> {
    let buffered = locking.finish()?;
    let file = buffered.into_inner().map_err(|error| error.into_error())?;
    files::sync(&file)
}

/// What is inside the file at `path`, as it streams out.
pub(super) fn open(path: &Path, file: &ArchiveFile) -> Result<Unlocking> {
    let mut source = File::open(path)?;
    let mut magic = [0; MAGIC.len()];
    let is_age = source.read_exact(&mut magic).is_ok() && magic == MAGIC;
    if !is_age {
        return Err(StoreError::BadArchive("it is no age file"));
    }
    source.rewind()?;
    let decryptor = Decryptor::new_buffered(BufReader::new(source)).map_err(told)?;
    if !decryptor.is_scrypt() {
        return Err(StoreError::BadArchive("it is not locked by a passphrase"));
    }
    let mut identity = scrypt::Identity::new(file.passphrase.clone());
    identity.set_max_work_factor(MOST_WORK);
    decryptor
        .decrypt(iter::once(&identity as &dyn Identity))
        .map_err(told)
}

/// A slip in the passphrase and a flipped bit in the key it locks cannot be told apart.
fn told(error: DecryptError) -> StoreError {
    match error {
        DecryptError::DecryptionFailed
        | DecryptError::KeyDecryptionFailed
        | DecryptError::NoMatchingKeys => StoreError::WrongArchivePassphrase,
        DecryptError::ExcessiveWork { .. } => {
            StoreError::BadArchive("its passphrase asks for more work than any of ours")
        }
        DecryptError::UnknownFormat => {
            StoreError::BadArchive("it is of a later age format than this version knows")
        }
        DecryptError::Io(error) if error.raw_os_error().is_some() => error.into(),
        _ => StoreError::BadArchive("it is damaged at its beginning"),
    }
}
