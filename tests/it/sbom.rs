//! What the product is made of (`docs/spec/door.md`, D9), as `cargo xtask sbom` says it.

use crate::{architecture::root, program::binary};
use serde_json::Value;
use std::{collections::BTreeSet, fs, process::Command};

fn written() -> String {
    let output = Command::new(binary("xtask"))
        .arg("sbom")
        .current_dir(root())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

/// What is wrong with a bill: each component is named, versioned, licensed, and known by an address or a checksum; none is there twice.
fn faults(bill: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    if bill["bomFormat"] != "CycloneDX" || bill["specVersion"] != "1.6" {
        faults.push("it is no CycloneDX 1.6".into());
    }
    let mut seen = BTreeSet::new();
    let mut open: Vec<&Value> = bill["components"]
        .as_array()
        .into_iter()
        .flatten()
        .collect();
    while let Some(component) = open.pop() {
        open.extend(component["components"].as_array().into_iter().flatten());
        let text = |key: &str| component[key].as_str().unwrap_or_default();
        let name = text("bom-ref");
        if !seen.insert(name) {
            faults.push(format!("{name} is there twice"));
        }
        let types = ["library", "file", "machine-learning-model"];
        if text("name").is_empty() || text("version").is_empty() || !types.contains(&text("type")) {
            faults.push(format!("{name} has no name, no version or no type"));
        }
        let sums = component["hashes"]
            .as_array()
            .map_or(&[][..], Vec::as_slice);
        let lengths = [("SHA-256", 64), ("SHA-512", 128)];
        let is_sum = |sum: &Value| {
            let content = sum["content"].as_str().unwrap_or_default();
            let is_hex = content.chars().all(|sign| sign.is_ascii_hexdigit());
            is_hex
                && lengths
                    .iter()
                    .any(|(alg, length)| sum["alg"] == *alg && content.len() == *length)
        };
        if !sums.iter().all(is_sum) || (sums.is_empty() && !text("purl").starts_with("pkg:")) {
            faults.push(format!(
                "{name} is known by neither an address nor a checksum"
            ));
        }
        let licence = &component["licenses"][0];
        let said = licence["expression"]
            .as_str()
            .or(licence["license"]["name"].as_str());
        if said.is_none_or(|said| said.is_empty() || said == "NOASSERTION") {
            faults.push(format!("{name} has no licence"));
        }
    }
    faults
}

#[test]
fn d9_the_bill_of_materials_is_whole_and_the_same_each_time() {
    let text = written();
    assert_eq!(text, written(), "the same tree gives the same bytes");
    let bill: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(faults(&bill), [""; 0]);
    let components = bill["components"].as_array().unwrap();
    let scope_of = |name: &str| {
        let found = components
            .iter()
            .find(|component| component["name"] == name);
        found.map(|component| component["scope"].as_str().unwrap_or("required").to_owned())
    };
    for shipped in [
        "rusqlite",
        "tauri",
        "candle-core",
        "react",
        "afterimage-store",
    ] {
        assert_eq!(scope_of(shipped).as_deref(), Some("required"), "{shipped}");
    }
    assert_eq!(scope_of("vitest").as_deref(), Some("excluded"));
    for only_in_tests in ["proptest", "thirtyfour", "xtask"] {
        assert_eq!(scope_of(only_in_tests), None, "{only_in_tests}");
    }
    for entry in fs::read_dir(root().join("models")).unwrap().flatten() {
        let manifest = fs::read_to_string(entry.path()).unwrap();
        let Ok(manifest) = manifest.parse::<toml::Table>().map(toml::Value::Table) else {
            continue;
        };
        let Some(id) = manifest.get("id").and_then(toml::Value::as_str) else {
            continue;
        };
        let model = components
            .iter()
            .find(|component| component["name"] == id)
            .expect(id);
        let sums: BTreeSet<&str> = model["components"]
            .as_array()
            .unwrap()
            .iter()
            .map(|file| file["hashes"][0]["content"].as_str().unwrap())
            .collect();
        let known: BTreeSet<&str> = manifest["file"]
            .as_array()
            .unwrap()
            .iter()
            .map(|file| file["sha256"].as_str().unwrap())
            .collect();
        assert_eq!(sums, known, "{id}");
    }
}

#[test]
fn d9_a_component_without_a_version_a_licence_or_a_checksum_is_found() {
    let bill: Value = serde_json::from_str(&written()).unwrap();
    for (key, value) in [
        ("name", Value::Null),
        ("version", "".into()),
        ("licenses", Value::Array(vec![])),
        (
            "hashes",
            serde_json::json!([{ "alg": "SHA-256", "content": "12" }]),
        ),
        ("type", "magic".into()),
        ("bom-ref", bill["components"][1]["bom-ref"].clone()),
    ] {
        let mut changed = bill.clone();
        changed["components"][0][key] = value;
        assert_ne!(faults(&changed), [""; 0], "{key}");
    }
}
