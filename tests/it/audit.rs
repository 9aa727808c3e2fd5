//! The auditor's program, as somebody runs it.

use std::{
    io::Write,
    path::Path,
    process::{Command, Output, Stdio},
};

use afterimage_domain::{Observation, ObservationId, Origin, Raw, Span, Timestamp, Trust};
use afterimage_mind::redact::Rules;
use afterimage_store::{Entropy, Intake, Opened, PassphraseCost, Profile, Tasks, Unlock, open};

const PASSPHRASE: &str = "correct horse battery staple";
const WORD: &str = "zqauditcanary";

fn profile(home: &Path) -> Opened {
    let by = Unlock::Passphrase {
        passphrase: PASSPHRASE.to_owned().into(),
        cost: PassphraseCost {
            memory_kib: 64,
            passes: 1,
            lanes: 1,
        },
    };
    let entropy = Entropy::system();
    let profile = Profile::create(home, &by, &entropy).expect("a profile can be made");
    open(profile, entropy).expect("it can be opened")
}

fn line() -> Intake {
    let observation = Observation {
        id: ObservationId(uuid::Uuid::from_u128(7)),
        at: Timestamp::from_millis(1_700_000_000_000),
        origin: Origin::Import {
            thread: "t".into(),
            source: "chat".into(),
            speaker: "Ann".into(),
        },
        text: format!("The door {WORD} is green."),
        words: vec![],
        fresh: vec![Span { start: 0, end: 9 }],
        trust: Trust::Client,
        external_id: None,
        redactions: 0,
    };
    Intake::new(None, vec![Raw::new(observation).clean(&Rules)], Tasks::NONE)
}

fn audit(home: &Path, passphrase: &str, words: &[&str]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_audit-pages"))
        .arg("--home")
        .arg(home)
        .args(words)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it can be started");
    let mut stdin = child.stdin.take().expect("it is piped");
    // One that refuses at once does not read it.
    let _ = writeln!(stdin, "{passphrase}");
    drop(stdin);
    child.wait_with_output().expect("it ends")
}

#[test]
fn g4_the_audit_finds_what_is_there_and_is_refused_while_the_profile_is_in_use() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = folder.path();
    let mut store = profile(home);
    let taken = store.writer.record(&[line()], Timestamp::from_millis(0));
    assert_eq!(taken.expect("it is stored").len(), 1);
    let in_use = audit(home, PASSPHRASE, &["--find", WORD]);
    assert_eq!(in_use.status.code(), Some(2));
    assert_eq!(in_use.stdout, b"");
    store.writer.close().expect("it closes");

    assert_eq!(
        audit(home, "something else", &["--find", WORD])
            .status
            .code(),
        Some(2)
    );
    let found = audit(
        home,
        PASSPHRASE,
        &["--find", WORD, "--find", "zqnowherecanary"],
    );
    let said = String::from_utf8_lossy(&found.stdout);
    assert_eq!(found.status.code(), Some(1), "{said}");
    assert!(
        said.contains("db/main.db page") && !said.contains("nowhere"),
        "{said}"
    );
    let nowhere = audit(home, PASSPHRASE, &["--find", "zqnowherecanary"]);
    assert_eq!((nowhere.status.code(), nowhere.stdout.len()), (Some(0), 0));
    let raw = audit(home, PASSPHRASE, &[]);
    let is_there = raw
        .stdout
        .windows(WORD.len())
        .any(|bytes| bytes == WORD.as_bytes());
    assert!(raw.status.success() && is_there);
}

#[test]
fn g4_the_product_is_built_without_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let crates = std::fs::read_dir(root.join("crates")).expect("the crates are there");
    let mut folders: Vec<_> = crates.flatten().map(|entry| entry.path()).collect();
    folders.push(root.join("src-tauri"));
    for manifest in folders.iter().map(|folder| folder.join("Cargo.toml")) {
        let text = std::fs::read_to_string(&manifest).expect("every crate has a manifest");
        assert!(!text.contains("\"audit\""), "{}", manifest.display());
    }
}
