//! The file inside the packages: one member, several joined, or a member of a zip that was cut into the parts.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Write};
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use flate2::read::GzDecoder;
use flate2::write::DeflateDecoder;

use crate::manifest::Inside;

/// Writes the members of the archives, joined in order, to `to`. With `inside`, what is written is the member of
/// the zip that the joined parts are a stretch of. `bytes` is what must come out; `tell` hears how much has.
pub fn join<'a>(
    members: impl Iterator<Item = (&'a Path, &'a str)>,
    inside: Option<&Inside>,
    bytes: u64,
    to: &Path,
    tell: &mut dyn FnMut(u64),
) -> Result<()> {
    let file = BufWriter::with_capacity(1 << 20, File::create(to)?);
    let counted = Counted {
        file,
        written: 0,
        tell,
    };
    let counted = match inside {
        None => copy_all(members, counted)?,
        Some(inside) => {
            copy_all(members, ZipStretch::new(inside.clone(), bytes, counted))?.into_inner()?
        }
    };
    ensure!(
        counted.written == bytes,
        "{} bytes came out, {bytes} were expected",
        counted.written
    );
    counted
        .file
        .into_inner()
        .map_err(io::IntoInnerError::into_error)?
        .sync_all()?;
    Ok(())
}

fn copy_all<'a, W: Write>(
    members: impl Iterator<Item = (&'a Path, &'a str)>,
    mut to: W,
) -> Result<W> {
    for (archive, member) in members {
        copy_member(archive, member, &mut to)
            .with_context(|| format!("{member} of {}", archive.display()))?;
    }
    to.flush()?;
    Ok(to)
}

fn copy_member(archive: &Path, member: &str, to: &mut impl Write) -> Result<()> {
    let file = BufReader::with_capacity(1 << 20, File::open(archive)?);
    if archive
        .extension()
        .is_some_and(|extension| extension == "tgz")
    {
        return copy_from_tar(file, member, to);
    }
    let mut zip = zip::ZipArchive::new(file)?;
    io::copy(&mut zip.by_name(member)?, to)?;
    Ok(())
}

fn copy_from_tar(file: impl io::Read, member: &str, to: &mut impl Write) -> Result<()> {
    let mut tar = tar::Archive::new(GzDecoder::new(file));
    for entry in tar.entries()? {
        let mut entry = entry?;
        if entry.path()?.to_str() == Some(member) {
            io::copy(&mut entry, to)?;
            return Ok(());
        }
    }
    bail!("not in the archive")
}

struct Counted<'t> {
    file: BufWriter<File>,
    written: u64,
    tell: &'t mut dyn FnMut(u64),
}

impl Write for Counted<'_> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let n = self.file.write(buffer)?;
        self.written += n as u64;
        (self.tell)(self.written);
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Takes a stretch of a zip file and passes on one deflated member of it, inflated.
struct ZipStretch<W: Write> {
    inside: Inside,
    bytes: u64,
    /// How much of what comes before the member is still to be skipped.
    skip: u64,
    header: Vec<u8>,
    inflate: DeflateDecoder<W>,
}

/// A local file header up to its two lengths; PKWARE's APPNOTE 4.3.7.
const HEADER: usize = 30;

impl<W: Write> ZipStretch<W> {
    fn new(inside: Inside, bytes: u64, to: W) -> Self {
        let skip = inside.offset;
        Self {
            inside,
            bytes,
            skip,
            header: Vec::new(),
            inflate: DeflateDecoder::new(to),
        }
    }

    fn into_inner(self) -> io::Result<W> {
        self.inflate.finish()
    }

    /// How long the header is, once that much of it is known; an error when it is not the member's.
    fn header_length(&self) -> io::Result<usize> {
        let header = &self.header;
        if header.len() < HEADER {
            return Ok(HEADER);
        }
        let number = |at: usize| usize::from(u16::from_le_bytes([header[at], header[at + 1]]));
        let (method, name, extra) = (number(8), number(26), number(28));
        let length = HEADER + name + extra;
        if !header.starts_with(b"PK\x03\x04") || method != 8 {
            return Err(io::Error::other("no deflated member begins there"));
        }
        if header.len() >= length && header[HEADER..HEADER + name] != *self.inside.member.as_bytes()
        {
            return Err(io::Error::other("another member begins there"));
        }
        Ok(length)
    }

    /// Takes what belongs before the member's data; how many bytes that was.
    fn take_header(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let skipped = self.skip.min(buffer.len() as u64) as usize;
        self.skip -= skipped as u64;
        let mut taken = skipped;
        loop {
            let missing = self.header_length()? - self.header.len();
            let n = missing.min(buffer.len() - taken);
            if n == 0 {
                return Ok(taken);
            }
            self.header.extend_from_slice(&buffer[taken..taken + n]);
            taken += n;
        }
    }
}

impl<W: Write> Write for ZipStretch<W> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let taken = self.take_header(buffer)?;
        // What follows the member in the zip is not ours.
        if self.inflate.total_out() < self.bytes {
            let rest = &buffer[taken..];
            let mut from = 0;
            while from < rest.len() {
                match self.inflate.write(&rest[from..])? {
                    0 => break,
                    n => from += n,
                }
            }
        }
        Ok(buffer.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inflate.flush()
    }
}
