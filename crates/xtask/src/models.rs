//! `cargo xtask models`: what is there, what is fetched, whether it is still right.

use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::fetch::{Fetcher, hash_of};
use crate::manifest::{self, Manifest};
use crate::progress::megabytes;
use crate::shell;

#[derive(clap::Args)]
pub struct Arguments {
    /// The models to fetch; without any, those a fresh machine needs.
    ids: Vec<String>,
    /// Fetch every model there is a manifest for.
    #[arg(long, conflicts_with = "ids")]
    all: bool,
    /// Say what there is and what is fetched; fetch nothing.
    #[arg(long)]
    list: bool,
    /// Read every fetched file again and compare its hash; fetch nothing.
    #[arg(long, conflicts_with = "list")]
    verify: bool,
    /// The folder of the manifests.
    #[arg(long, hide = true)]
    manifests: Option<PathBuf>,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    let folder = arguments
        .manifests
        .clone()
        .unwrap_or_else(|| shell::root().join("models"));
    let manifests = manifest::read_all(&folder)?;
    let cache = cache();
    if arguments.list {
        list(&manifests, &cache);
        return Ok(());
    }
    let wanted = wanted(arguments, &manifests)?;
    if arguments.verify {
        verify(&wanted, &cache)
    } else {
        fetch(&wanted, &cache)
    }
}

fn wanted<'a>(arguments: &Arguments, manifests: &'a [Manifest]) -> Result<Vec<&'a Manifest>> {
    if !arguments.ids.is_empty() {
        return manifest::select(manifests, &arguments.ids);
    }
    Ok(manifests
        .iter()
        .filter(|manifest| arguments.all || arguments.verify || manifest.default)
        .collect())
}

/// Where weights are kept: the folder the engine looks in.
pub fn cache() -> PathBuf {
    if let Some(folder) = std::env::var_os("AFTERIMAGE_MODELS") {
        return folder.into();
    }
    shell::cache().join("models")
}

fn list(manifests: &[Manifest], cache: &Path) {
    for manifest in manifests {
        let bytes = manifest.files.iter().map(|file| file.bytes).sum();
        let (id, size, state) = (&manifest.id, megabytes(bytes), state(manifest, cache));
        println!(
            "{id:28} {size:>9}  {state:11}  {}, {}",
            manifest.title, manifest.licence
        );
        println!("{:28} {}", "", shape(manifest));
    }
}

/// `chat, qwen2, layers 24, width 896, format "chatml"`
fn shape(manifest: &Manifest) -> String {
    let role = format!("{:?}", manifest.role).to_lowercase();
    let numbers = manifest
        .shapes
        .iter()
        .map(|(name, number)| format!("{name} {number}"));
    let prompt = manifest
        .prompt
        .iter()
        .map(|(name, text)| format!("{name} {text:?}"));
    [role, manifest.family.clone()]
        .into_iter()
        .chain(numbers)
        .chain(prompt)
        .collect::<Vec<_>>()
        .join(", ")
}

fn state(manifest: &Manifest, cache: &Path) -> &'static str {
    let folder = cache.join(&manifest.id);
    let present = manifest
        .files
        .iter()
        .filter(|file| folder.join(&file.name.0).is_file())
        .count();
    match present {
        _ if present == manifest.files.len() => "here",
        0 if !folder.join(".partial").exists() && manifest.default => "missing",
        0 if !folder.join(".partial").exists() => "not fetched",
        _ => "unfinished",
    }
}

fn verify(wanted: &[&Manifest], cache: &Path) -> Result<()> {
    let mut wrong = Vec::new();
    for (manifest, file) in wanted
        .iter()
        .flat_map(|manifest| manifest.files.iter().map(move |file| (manifest, file)))
    {
        let path = cache.join(&manifest.id).join(&file.name.0);
        if !path.is_file() {
            continue;
        }
        let found = hash_of(&path)?;
        let right = found == file.sha256.0;
        println!(
            "{:6} {}",
            if right { "right" } else { "WRONG" },
            path.display()
        );
        if !right {
            wrong.push(format!(
                "  {}\n    expected {}\n    found    {found}",
                path.display(),
                file.sha256.0
            ));
        }
    }
    if wrong.is_empty() {
        return Ok(());
    }
    bail!(
        "these files are damaged; remove them and run `cargo xtask models` again:\n{}",
        wrong.join("\n")
    )
}

fn fetch(wanted: &[&Manifest], cache: &Path) -> Result<()> {
    std::fs::create_dir_all(cache).with_context(|| {
        format!(
            "cannot make {}; AFTERIMAGE_MODELS names another folder",
            cache.display()
        )
    })?;
    let _alone = lock(cache)?;
    let mut fetcher = Fetcher::new(cache);
    for manifest in wanted {
        fetcher.fetch(manifest)?;
    }
    Ok(())
}

// Two fetches at once would write the same partial files.
fn lock(cache: &Path) -> Result<File> {
    let file = File::create(cache.join(".lock"))?;
    if file.try_lock().is_err() {
        eprintln!("Another fetch is running; waiting for it.");
        file.lock()?;
    }
    Ok(file)
}
