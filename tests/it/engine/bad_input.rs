//! Bad input: each a clear error with what to do, and nothing lost.

use super::running::{How, Running, create, ephemeral, eventually, folder, line, start, unlock};
use afterimage_engine::api::{
    CaptureState, Code, Failure, Filter, ModelState, Request, Response, Timestamp,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use image::{DynamicImage, ImageFormat};
use std::{
    fs,
    io::Cursor,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Command,
};
use tempfile::TempDir;

fn png(image: &DynamicImage) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    image.write_to(&mut file, ImageFormat::Png).unwrap();
    file.into_inner()
}

fn give(running: &Running, file: &[u8]) -> Result<usize, Failure> {
    let request = Request::IngestImage {
        image: BASE64_STANDARD.encode(file),
        at: Timestamp::from_millis(1_760_000_000_000),
        app: "gedit".into(),
        title: "page".into(),
    };
    match running.client.call(request)? {
        Response::Ingested { observations, .. } => Ok(observations.len()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn pictures_that_cannot_be_read_are_refused_and_an_empty_page_is_none() {
    let dir = folder();
    let running = ephemeral(dir.path());
    let page = png(&DynamicImage::new_rgb8(400, 300));
    let huge = png(&DynamicImage::new_luma8(10_000, 10_000));
    for (file, code) in [
        (&b"not a picture"[..], Code::BadImage),
        (&page[..page.len() / 2], Code::BadImage),
        (b"", Code::BadImage),
        (&huge, Code::TooLarge),
    ] {
        let failure = give(&running, file).unwrap_err();
        assert_eq!(failure.code, code, "{}", failure.message);
    }
    assert_eq!(give(&running, &page), Ok(0), "an empty page holds no text");
    let not_base64 = Request::IngestImage {
        image: "%".into(),
        at: Timestamp::default(),
        app: String::new(),
        title: String::new(),
    };
    assert_eq!(
        running.client.call(not_base64).unwrap_err().code,
        Code::BadRequest
    );
}

#[test]
fn ten_megabytes_of_text_are_refused_whole() {
    let dir = folder();
    let running = ephemeral(dir.path());
    let items = vec![
        line(1, "t", "Ann", "a small one beside it"),
        line(2, "t", "Ann", &"word ".repeat(2_000_000)),
    ];
    let failure = running.client.call(Request::Ingest { items }).unwrap_err();
    assert_eq!(failure.code, Code::TooLarge);
    assert!(
        failure.message.contains("Item 2") && failure.message.contains("10.0 MB"),
        "{}",
        failure.message
    );
    assert!(
        running.search("small").is_empty(),
        "nothing of it was stored"
    );
    let long = "x".repeat(16_001);
    let question = Request::Search {
        text: long,
        filter: Filter::default(),
        limit: 1,
        at: None,
    };
    assert_eq!(
        running.client.call(question).unwrap_err().code,
        Code::TooLarge
    );
    let many = (0..1_001)
        .map(|number| line(number, "t", "Ann", "x"))
        .collect();
    assert_eq!(
        running
            .client
            .call(Request::Ingest { items: many })
            .unwrap_err()
            .code,
        Code::TooLarge
    );
}

/// A folder of models that has the real embedder and reader, and this as the chat model.
fn models_with(chat: Option<&[u8]>) -> TempDir {
    let real = std::env::var_os("AFTERIMAGE_MODELS").map_or_else(
        || PathBuf::from(std::env::var_os("HOME").unwrap()).join(".cache/afterimage/models"),
        PathBuf::from,
    );
    let dir = folder();
    for id in ["bge-small-en-v1.5", "pp-ocrv6-small"] {
        symlink(real.join(id), dir.path().join(id)).unwrap();
    }
    if let Some(bytes) = chat {
        let folder = dir.path().join("qwen2.5-coder-0.5b-instruct");
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("model.gguf"), bytes).unwrap();
    }
    dir
}

#[test]
fn without_a_model_everything_else_goes_on() {
    for (chat, code) in [
        (None, Code::ModelMissing),
        (Some(&b"GGUF and then nothing"[..]), Code::ModelCorrupt),
    ] {
        let (dir, models) = (folder(), models_with(chat));
        let environment = vec![("AFTERIMAGE_MODELS", models.path().to_owned())];
        let running = start(
            dir.path(),
            How {
                arguments: vec!["--create", "--ephemeral"],
                environment,
                ..How::default()
            },
        )
        .unwrap();
        running.ingest(vec![line(1, "t", "Ann", "The lease ends in October.")]);
        assert_eq!(running.search("lease").len(), 1);
        let ask = Request::Ask {
            thread: None,
            text: "When does the lease end?".into(),
            filter: Filter::default(),
            temporary: false,
            at: None,
        };
        let failure = running.client.call(ask).unwrap_err();
        assert_eq!(failure.code, code, "{}", failure.message);
        assert!(
            failure.message.contains("xtask models"),
            "the remedy is named: {}",
            failure.message
        );
        assert!(
            matches!(running.status().model, ModelState::Unavailable { code: said, .. } if said == code)
        );
        assert_eq!(
            running
                .client
                .call(Request::Settle { seconds: 60 })
                .unwrap_err()
                .code,
            code
        );
        let Ok(Response::Threads { threads }) = running.client.call(Request::Threads) else {
            panic!()
        };
        assert_eq!(threads.len(), 1, "the question is kept");
        assert!(
            running.status().waiting > 0,
            "what is to be thought about waits"
        );
    }
}

#[test]
fn without_a_screen_capture_says_so_and_the_rest_works() {
    let dir = folder();
    let running = ephemeral(dir.path());
    running
        .client
        .call(Request::Consent { granted: true })
        .unwrap();
    eventually("blocked", || {
        matches!(
            running.status().capture,
            CaptureState::Blocked {
                code: Code::NoDisplay,
                ..
            }
        )
    });
    assert_eq!(
        running
            .client
            .call(Request::CapturePreview)
            .unwrap_err()
            .code,
        Code::NoDisplay
    );
    running.ingest(vec![line(1, "t", "Ann", "The lease ends in October.")]);
    assert_eq!(running.search("lease").len(), 1);
}

/// A small file system of its own.
struct Small(TempDir);

impl Small {
    fn mount(megabytes: u32) -> Self {
        let dir = folder();
        let mounted = Command::new("mount")
            .args([
                "-t",
                "tmpfs",
                "-o",
                &format!("size={megabytes}m,mode=700"),
                "none",
            ])
            .arg(dir.path())
            .status();
        assert!(
            mounted.is_ok_and(|status| status.success()),
            "a small file system is mounted"
        );
        Self(dir)
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0.path()).status();
    }
}

#[test]
fn a_full_disk_loses_nothing_acknowledged() {
    // SAFETY: takes nothing and cannot fail.
    if unsafe { libc::geteuid() } != 0 {
        eprintln!("not checked: only root may mount a small file system");
        return;
    }
    let disk = Small::mount(12);
    let home: &Path = disk.0.path();
    let running = create(home);
    running.set(|settings| settings.absorb = false);
    let text = "the quick brown fox jumps over the lazy dog and runs away from here ".repeat(1_000);
    let mut acknowledged = 0;
    let failure = loop {
        let item = line(
            acknowledged,
            "full",
            "Ann",
            &format!("entry {acknowledged} {text}"),
        );
        match running.client.call(Request::Ingest { items: vec![item] }) {
            Ok(_) => acknowledged += 1,
            Err(failure) => break failure,
        }
        assert!(acknowledged < 1_000, "the disk never fills");
    };
    assert_eq!(failure.code, Code::DiskFull, "{}", failure.message);
    assert!(acknowledged > 0);
    assert!(
        !running.search("quick brown").is_empty(),
        "what is there can be read"
    );
    running.kill();
    let grown = Command::new("mount")
        .args(["-o", "remount,size=200m"])
        .arg(home)
        .status();
    assert!(grown.is_ok_and(|status| status.success()));
    let running = unlock(home);
    for number in 0..acknowledged {
        let known = running.ingest(vec![line(
            number,
            "full",
            "Ann",
            &format!("entry {number} {text}"),
        )]);
        assert_eq!(known, 1, "{number} of {acknowledged} was lost");
    }
}
