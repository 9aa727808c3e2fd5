//! For auditors: what a profile has on the disk, opened, as raw bytes, so that somebody who does not trust this crate can look for what
//! should not be there. It does not ask SQLite: pages are decrypted one by one as they lie in the files, free ones, those of the log and
//! those that a later frame replaces included.
//!
//! Only in builds with the feature `audit`, which the product does not have.

use crate::{
    error::Result,
    keys::Key,
    open::{Access, connect},
    pictures,
    profile::{Profile, database},
    snapshot,
    spool::Spool,
    table::picture,
};
use aes_gcm_siv::aes::{
    Aes256, Block,
    cipher::{BlockCipherDecrypt, KeyInit},
};
use std::{fs, path::Path};

/// SQLCipher's page: the content, then what it keeps for itself, an IV of 16 bytes and a MAC of 64.
const PAGE: usize = 4096;
const IV_AT: usize = PAGE - 80;
const BLOCK: usize = 16;
/// The first page begins with the salt, in the open.
const SALT: usize = 16;
const LOG_HEAD: usize = 32;
const FRAME_HEAD: usize = 24;

/// Hands every piece of the profile to `take`, with the place where it lies: each page of the database, of its log, of damaged databases
/// set aside and of backups; each file of the spool; the index; each picture with the key of its file. What does not open is passed over:
/// nobody else can read it either. Nothing is written, but SQLite may make its empty files beside the database.
pub fn open_all(profile: &Profile, take: &mut dyn FnMut(&str, &[u8])) -> Result<()> {
    let home = profile.home();
    for folder in ["db", "backup", "restore/db"] {
        for path in files_of(&home.join(folder)) {
            let name = path.strip_prefix(home).unwrap_or(&path).to_string_lossy();
            match path.extension().and_then(|extension| extension.to_str()) {
                Some("db" | "part") => pages(&path, &name, &profile.keys.db, take)?,
                Some("db-wal") => frames(&path, &name, &profile.keys.db, take)?,
                _ => {}
            }
        }
    }
    Spool::opened(&home.join("spool"), &profile.keys.spool, take)?;
    let connection = connect(&database(home), &profile.keys.db, Access::Read)?;
    if let Some(plain) = snapshot::opened(&home.join("idx"), &profile.keys.index, &connection)? {
        take("idx", &plain);
    }
    for row in picture::rows(&connection)? {
        let place = format!("blob {}", row.name);
        if let Some(key) = pictures::key(&profile.keys.blob, &row) {
            take(&format!("{place} key"), key.as_slice());
        }
        if let Ok(Some(opened)) = pictures::read(&home.join("blob"), &profile.keys.blob, &row) {
            take(&place, &opened.bytes);
        }
    }
    Ok(())
}

fn files_of(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<_> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

fn pages(path: &Path, name: &str, key: &Key, take: &mut dyn FnMut(&str, &[u8])) -> Result<()> {
    for (number, page) in fs::read(path)?.chunks_exact(PAGE).enumerate() {
        let first = number == 0;
        take(
            &format!("{name} page {}", number + 1),
            &opened(key, page, first),
        );
    }
    Ok(())
}

/// Every frame that lies in a log, those from before its last restart included.
fn frames(path: &Path, name: &str, key: &Key, take: &mut dyn FnMut(&str, &[u8])) -> Result<()> {
    let log = fs::read(path)?;
    let frames = log.get(LOG_HEAD..).unwrap_or_default();
    for (number, frame) in frames.chunks_exact(FRAME_HEAD + PAGE).enumerate() {
        let (head, page) = frame.split_at(FRAME_HEAD);
        let first = head[..4] == [0, 0, 0, 1];
        take(&format!("{name} frame {number}"), &opened(key, page, first));
    }
    Ok(())
}

/// A page, decrypted with AES-256 in CBC mode. Its MAC is not looked at: a damaged page may hold words too.
fn opened(key: &Key, page: &[u8], first: bool) -> Vec<u8> {
    let cipher = Aes256::new(&(**key).into());
    let begin = if first { SALT } else { 0 };
    let mut before = &page[IV_AT..IV_AT + BLOCK];
    let mut plain = Vec::with_capacity(IV_AT - begin);
    for sealed in page[begin..IV_AT].chunks_exact(BLOCK) {
        let mut block = Block::try_from(sealed).expect("a chunk has the length of a block");
        cipher.decrypt_block(&mut block);
        plain.extend(block.iter().zip(before).map(|(byte, mask)| byte ^ mask));
        before = sealed;
    }
    plain
}
