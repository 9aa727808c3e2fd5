//! `cargo xtask sbom`: what the product is made of, as CycloneDX 1.6: crates, packages of the interface, model files.
//!
//! Made from the two lock files and the manifests of the models, so that it says what is built and not what is newest. It has no
//! time and no random number in it: the same tree gives the same bytes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use anyhow::{Context, Result};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

use crate::{manifest, shell};

#[derive(clap::Args)]
pub struct Arguments {
    /// Where it goes; standard output without
    file: Option<PathBuf>,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    let text = serde_json::to_string_pretty(&bill()?)? + "\n";
    match &arguments.file {
        Some(file) => {
            std::fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))
        }
        None => {
            print!("{text}");
            Ok(())
        }
    }
}

fn bill() -> Result<Value> {
    let metadata = shell::read(
        "cargo",
        &["metadata", "--locked", "--offline", "--format-version", "1"],
    )?;
    let crates = Crates::new(serde_json::from_str(&metadata)?)?;
    let mut components = crates.components();
    components.extend(packages()?);
    components.extend(models()?);
    components.sort_by_key(|component| component["bom-ref"].as_str().map(str::to_owned));
    Ok(json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": { "component": {
            "bom-ref": "afterimage",
            "type": "application",
            "name": "afterimage",
            "version": env!("CARGO_PKG_VERSION"),
            "licenses": licences(env!("CARGO_PKG_LICENSE")),
        } },
        "components": components,
    }))
}

/// What `cargo metadata` says, and the checksums of the lock file.
struct Crates {
    packages: BTreeMap<String, Value>,
    needs: BTreeMap<String, Vec<String>>,
    roots: Vec<String>,
    checksums: BTreeMap<(String, String), String>,
}

impl Crates {
    fn new(metadata: Value) -> Result<Self> {
        let lock: toml::Value =
            toml::from_str(&std::fs::read_to_string(shell::root().join("Cargo.lock"))?)?;
        let entries = lock["package"]
            .as_array()
            .context("the lock file is empty")?;
        let checksums = entries.iter().filter_map(|entry| {
            let word = |key: &str| Some(entry.get(key)?.as_str()?.to_owned());
            Some(((word("name")?, word("version")?), word("checksum")?))
        });
        let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
        let packages = list(&metadata["packages"]).into_iter();
        let nodes = list(&metadata["resolve"]["nodes"]).into_iter();
        // What only tests need is not in the product.
        let is_linked = |edge: &&Value| {
            list(&edge["dep_kinds"])
                .iter()
                .any(|kind| kind["kind"] != "dev")
        };
        let needs = nodes.map(|node| {
            let edges = list(&node["deps"]);
            let needed = edges
                .iter()
                .filter(is_linked)
                .map(|edge| text(&edge["pkg"]));
            (text(&node["id"]), needed.collect())
        });
        let packages: BTreeMap<String, Value> = packages
            .map(|package| (text(&package["id"]), package))
            .collect();
        let members = list(&metadata["workspace_members"])
            .into_iter()
            .map(|id| text(&id));
        let chores = ["afterimage-tests", "xtask"];
        let roots = members
            .filter(|id| !chores.contains(&packages[id]["name"].as_str().unwrap_or_default()));
        Ok(Self {
            roots: roots.collect(),
            needs: needs.collect(),
            checksums: checksums.collect(),
            packages,
        })
    }

    /// Everything that our programs are built from, on any system.
    fn components(&self) -> Vec<Value> {
        let mut reached: BTreeSet<&str> = BTreeSet::new();
        let mut open: Vec<&str> = self.roots.iter().map(String::as_str).collect();
        while let Some(id) = open.pop() {
            if reached.insert(id) {
                open.extend(self.needs.get(id).into_iter().flatten().map(String::as_str));
            }
        }
        reached
            .into_iter()
            .map(|id| self.component(&self.packages[id]))
            .collect()
    }

    fn component(&self, package: &Value) -> Value {
        let (name, version) = (text(&package["name"]), text(&package["version"]));
        let purl = format!("pkg:cargo/{name}@{}", version.replace('+', "%2B"));
        let mut component = json!({
            "bom-ref": purl,
            "type": "library",
            "name": name,
            "version": version,
            "purl": purl,
            "licenses": licences(package["license"].as_str().unwrap_or("NOASSERTION")),
        });
        if let Some(checksum) = self.checksums.get(&(name, version)) {
            component["hashes"] = json!([{ "alg": "SHA-256", "content": checksum }]);
        }
        component
    }
}

/// Packages of the interface. Those that only build or test it are marked as left out.
fn packages() -> Result<Vec<Value>> {
    let lock: Value = serde_json::from_str(&std::fs::read_to_string(
        shell::root().join("package-lock.json"),
    )?)?;
    let packages = lock["packages"]
        .as_object()
        .context("the lock file of the interface is empty")?;
    let installed = packages.iter().filter(|(path, _)| !path.is_empty());
    installed
        .map(|(path, package)| {
            let name = path.rsplit("node_modules/").next().unwrap_or(path);
            let version = text(&package["version"]);
            let purl = format!("pkg:npm/{}@{version}", name.replace('@', "%40"));
            let mut component = json!({
                "bom-ref": format!("{purl}#{path}"),
                "type": "library",
                "name": name,
                "version": version,
                "purl": purl,
                "scope": if package["dev"] == true || package["devOptional"] == true { "excluded" } else { "required" },
                "licenses": licences(package["license"].as_str().unwrap_or("NOASSERTION")),
            });
            if let Some(sum) = package["integrity"].as_str().and_then(|sum| sum.strip_prefix("sha512-")) {
                let bytes = BASE64_STANDARD.decode(sum).with_context(|| format!("the checksum of {name}"))?;
                component["hashes"] = json!([{ "alg": "SHA-512", "content": hex(&bytes) }]);
            }
            Ok(component)
        })
        .collect()
}

/// Models, each with its files. A model has no version but its bytes.
fn models() -> Result<Vec<Value>> {
    let models = manifest::read_all(&shell::root().join("models"))?.into_iter();
    Ok(models
        .map(|model| {
            let licences = licences(&model.licence);
            let version = model
                .files
                .iter()
                .max_by_key(|file| file.bytes)
                .map(|file| file.sha256.0.clone());
            let version = version.unwrap_or_default();
            let files = model.files.iter().map(|file| {
                json!({
                    "bom-ref": format!("model/{}/{}", model.id, file.name.0),
                    "type": "file",
                    "name": file.name.0.clone(),
                    "version": file.sha256.0.clone(),
                    "hashes": [{ "alg": "SHA-256", "content": file.sha256.0.clone() }],
                    "licenses": licences,
                })
            });
            json!({
                "bom-ref": format!("model/{}", model.id),
                "type": "machine-learning-model",
                "name": model.id,
                "description": model.title,
                "version": version,
                "hashes": [{ "alg": "SHA-256", "content": version }],
                "scope": if model.default { "required" } else { "optional" },
                "licenses": licences,
                "components": files.collect::<Vec<_>>(),
            })
        })
        .collect())
}

/// An SPDX expression; `/` is the old way to write OR. Any other name stands as one.
fn licences(written: &str) -> Value {
    let expression = written.replace('/', " OR ");
    let is_spdx = |word: &str| {
        word.chars()
            .all(|sign| sign.is_ascii_alphanumeric() || "-.+()".contains(sign))
    };
    match expression != "NOASSERTION" && expression.split_whitespace().all(is_spdx) {
        true => json!([{ "expression": expression }]),
        false => json!([{ "license": { "name": written } }]),
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
