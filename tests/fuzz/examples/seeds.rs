//! Writes where each target begins: `cargo run --release --example seeds`, into `corpus/<target>/`.

use std::fs;
use std::io::Result;
use std::path::Path;

use afterimage_engine::{api, fuzzing};
use afterimage_fuzz::{Gguf, Scratch, tiny};
use afterimage_infer::models::{OpenOptions, open_language_model};
use afterimage_store::fuzzing::{KeyFile, inside_of_archive};
use image::ImageFormat;

fn main() -> Result<()> {
    models()?;
    calls()?;
    pictures()?;
    texts()?;
    sealed()
}

/// Headers, models and states.
fn models() -> Result<()> {
    let mut plain = Gguf::default();
    plain
        .text("general.architecture", "qwen2")
        .texts("names", &["a", "", "ä"])
        .numbers("kinds", &[1, -1, i32::MAX])
        .float("epsilon", 1e-6)
        .tensor("a.weight", &[8, 2])
        .tensor("b.weight", &[4]);
    write("header", "plain", &plain.bytes())?;
    write("header", "empty", &Gguf::default().bytes())?;
    for family in ["qwen2", "llama"] {
        write("header", family, &tiny(family))?;
        write("model", family, &tiny(family))?;
    }
    let file = Scratch::new();
    let opened = open_language_model(file.write(&tiny("qwen2")), &OpenOptions::default());
    let mut model = opened.map_err(std::io::Error::other)?;
    for length in [1, 7, 40] {
        model.truncate(0);
        let tokens: Vec<u32> = (0..length).map(|token| token % 26).collect();
        model.prefill(&tokens).map_err(std::io::Error::other)?;
        let saved = model.save().map_err(std::io::Error::other)?;
        // Without the digests at both ends, which the target puts there.
        let state = &saved[32..saved.len() - 32];
        write("saved_state", &format!("{length}-tokens"), state)?;
    }
    Ok(())
}

fn calls() -> Result<()> {
    let person = api::NewMemory {
        title: "Ann likes tea".into(),
        details: "Green, without sugar.".into(),
        body: api::Body::Semantic {
            subject: "Ann".into(),
            learned_from: "typed".into(),
        },
        tree_path: vec!["people".into(), "Ann".into()],
        tags: vec!["tea".into()],
        sources: vec![],
        trust: api::Trust::User,
        confidence: 0.7,
        valid_from: api::Timestamp::from_millis(1_760_000_000_000),
    };
    let item = api::IngestItem {
        id: "1".into(),
        thread: "t".into(),
        at: api::Timestamp::from_millis(1_760_000_000_000),
        source: "chat".into(),
        speaker: "Ann".into(),
        text: "The door is green.".into(),
    };
    let requests = [
        api::Request::Status,
        api::Request::Ingest { items: vec![item] },
        api::Request::Search {
            text: "door".into(),
            filter: api::Filter::default(),
            limit: 20,
            at: None,
        },
        api::Request::AddMemory { memory: person },
        api::Request::Forget {
            what: api::Forget::Words {
                words: "door".into(),
            },
        },
        api::Request::SetSettings {
            settings: api::Settings::default(),
        },
    ];
    for (id, request) in (1..).zip(requests) {
        let line = fuzzing::line(&api::Call { id, request });
        let line = line.map_err(|failure| std::io::Error::other(failure.message))?;
        write("protocol", &id.to_string(), &line)?;
    }
    Ok(())
}

fn pictures() -> Result<()> {
    let picture = image::RgbImage::from_fn(24, 16, |x, y| image::Rgb([x as u8, y as u8, 90]));
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP] {
        let mut file = std::io::Cursor::new(Vec::new());
        let written = picture.write_to(&mut file, format);
        written.map_err(std::io::Error::other)?;
        let name = format.extensions_str()[0];
        write("image", name, file.get_ref())?;
    }
    Ok(())
}

fn texts() -> Result<()> {
    let line = r#"{"id":"a","thread":"t","at":"1970-01-01T00:00:01Z","source":"chat","speaker":"Ann","text":"hi"}"#;
    let undated = r#"{"id":"b","thread":"t","at":null,"source":"chat","speaker":"Ann","text":"tab\tand \u00e4"}"#;
    write("import", "lines", format!("{line}\n{undated}\n").as_bytes())?;
    let text = "Name: Ann\npassword: hunter2 and more\nPIN 4711\n| user | token |\nexport KEY=abcdef0123456789\n";
    write("redact", "labels", text.as_bytes())?;
    write(
        "sites",
        "host",
        b"*.bank.example\0login\0me\0accounts?next=https://news.test/",
    )
}

/// Inputs of `sealed` are a variant's number and what it holds.
fn sealed() -> Result<()> {
    write("archive", "small", &inside_of_archive())?;
    let folder = tempfile::tempdir()?;
    let file = KeyFile::write(folder.path());
    write(
        "sealed",
        "key-file",
        &[&variant(4), file.text.as_bytes()].concat(),
    )?;
    let record = br#"{"frame":null,"observations":[],"embed":true,"absorb":false}"#;
    let length = (record.len() as u64).to_le_bytes();
    write(
        "sealed",
        "spool",
        &[&variant(3), &length[..], record].concat(),
    )
}

/// The bytes by which `arbitrary` chooses one variant of seven.
fn variant(number: u64) -> [u8; 4] {
    (((number << 32) / 7 + 1) as u32).to_le_bytes()
}

fn write(target: &str, name: &str, bytes: &[u8]) -> Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("corpus")
        .join(target);
    fs::create_dir_all(&folder)?;
    fs::write(folder.join(name), bytes)
}
