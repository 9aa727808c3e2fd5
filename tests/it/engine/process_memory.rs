//! What can be read of the engine's memory: by programs of the same user nothing, by anybody nothing once it is locked.

use super::running::{PASSPHRASE, create, folder, line, program};
use afterimage_engine::api::Request;
use regex::bytes::Regex;
use std::{
    fs::{self, File},
    io::{BufRead, BufReader, Read, Seek, SeekFrom, Write},
    os::unix::{fs::chown, process::CommandExt},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

/// Any user but root.
const SOMEBODY: u32 = 65_534;

fn is_root() -> bool {
    // SAFETY: takes nothing and cannot fail.
    unsafe { libc::geteuid() == 0 }
}

/// An engine that runs as `user` and listens.
fn engine_of(user: Option<u32>, dir: &Path) -> Child {
    let mut path = program();
    if user.is_some() {
        chown(dir, user, user).unwrap();
        // Where it was built, others may not enter.
        path = dir.join("engine");
        fs::copy(program(), &path).unwrap();
    }
    let mut engine = as_user(Command::new(path), user)
        .args(["--create", "--home"])
        .arg(dir.join("profile"))
        .env_remove("XDG_RUNTIME_DIR")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    writeln!(engine.stdin.take().unwrap(), "{PASSPHRASE}").unwrap();
    let mut said = String::new();
    BufReader::new(engine.stdout.take().unwrap())
        .read_line(&mut said)
        .unwrap();
    assert!(said.contains("made"), "{said}");
    engine
}

/// The process that another one started.
fn only_child(parent: u32) -> u32 {
    let children = fs::read_to_string(format!("/proc/{parent}/task/{parent}/children")).unwrap();
    children.trim().parse().expect("one child")
}

fn as_user(mut command: Command, user: Option<u32>) -> Command {
    user.into_iter().for_each(|user| _ = command.uid(user));
    command.stderr(Stdio::null());
    command
}

#[test]
fn k12_programs_of_the_same_user_read_nothing_of_the_engine_and_it_leaves_no_core() {
    let dir = folder();
    // As root everything can be read, so the engine and who looks at it are somebody else.
    let user = is_root().then_some(SOMEBODY);
    let mut engine = engine_of(user, dir.path());
    let mut control = as_user(Command::new("sleep"), user)
        .arg("60")
        .spawn()
        .unwrap();
    let opens = |pid: u32, file: &str| {
        let script = format!("exec 3</proc/{pid}/{file}");
        let opened = as_user(Command::new("sh"), user)
            .args(["-c", &script])
            .status();
        opened.unwrap().success()
    };
    let keeper = engine.id();
    for (name, pid) in [("keeper", keeper), ("engine", only_child(keeper))] {
        for file in ["maps", "mem", "environ"] {
            assert!(opens(control.id(), file), "the control: {file}");
            assert!(!opens(pid, file), "{file} of the {name}");
        }
        let limits = fs::read_to_string(format!("/proc/{pid}/limits")).unwrap();
        let cores = limits
            .lines()
            .find(|line| line.starts_with("Max core file size"));
        let words: Vec<&str> = cores.unwrap().split_whitespace().collect();
        assert_eq!(words[4..6], ["0", "0"], "soft and hard, of the {name}");
    }
    for process in [&mut control, &mut engine] {
        process.kill().unwrap();
        process.wait().unwrap();
    }
}

#[test]
fn the_kernel_filters_what_the_engine_asks_of_it() {
    let dir = folder();
    let mut keeper = engine_of(None, dir.path());
    for pid in [keeper.id(), only_child(keeper.id())] {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
        let says = |line: &str| status.lines().any(|known| known == line);
        assert!(says("Seccomp:\t2") && says("NoNewPrivs:\t1"), "{status}");
    }
    keeper.kill().unwrap();
    keeper.wait().unwrap();
}

/// Processes, this one left out, with `canary` in memory they can write to.
fn holding(canary: &Regex) -> Vec<String> {
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let numbers = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let others = numbers.filter(|pid| *pid != std::process::id());
    others
        .filter(|pid| holds(*pid, canary).unwrap_or(false))
        .map(|pid| {
            let name = fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
            format!("{pid} {}", name.trim())
        })
        .collect()
}

/// `None` for a process that ended, or has no memory of its own.
fn holds(pid: u32, canary: &Regex) -> Option<bool> {
    const PART: usize = 4 << 20;
    const OVERLAP: usize = 256;
    let maps = fs::read_to_string(Path::new("/proc").join(pid.to_string()).join("maps")).ok()?;
    let mut memory = File::open(format!("/proc/{pid}/mem")).ok()?;
    let mut part = vec![0; PART];
    for map in maps.lines().filter(|map| {
        map.split(' ')
            .nth(1)
            .is_some_and(|may| may.starts_with("rw"))
    }) {
        let (from, to) = map.split(' ').next()?.split_once('-')?;
        let mut at = u64::from_str_radix(from, 16).ok()?;
        let to = u64::from_str_radix(to, 16).ok()?;
        while at < to {
            let wanted = PART.min((to - at) as usize);
            memory.seek(SeekFrom::Start(at)).ok()?;
            let Ok(read) = memory.read(&mut part[..wanted]) else {
                break;
            };
            if canary.is_match(&part[..read]) {
                return Some(true);
            }
            // A canary may lie across two parts.
            at += match read {
                0 => break,
                read if (read as u64) < to - at && read > OVERLAP => (read - OVERLAP) as u64,
                read => read as u64,
            };
        }
    }
    Some(false)
}

#[test]
fn k11_five_seconds_after_a_lock_no_process_holds_what_was_read_in_it() {
    if !is_root() {
        println!("not root: the memory of others cannot be read, so this shows nothing");
        return;
    }
    let dir = folder();
    let mut running = create(dir.path());
    running.set(|settings| settings.absorb = false);
    let canary = format!("canary-{:x}", sha2_of(dir.path()));
    running.ingest(vec![line(
        1,
        "t",
        "Ann",
        &format!("The door opens with {canary}."),
    )]);
    assert_eq!(running.search("door").len(), 1);
    // As text of one byte a letter, and of two.
    let wide: String = canary.chars().map(|c| format!("{c}\\x00")).collect();
    let pattern = Regex::new(&format!("(?-u){}|{wide}", regex::escape(&canary))).unwrap();
    let before = holding(&pattern);
    let engine = format!("{} afterimage-engi", running.status().pid);
    assert!(before.contains(&engine), "the control: {before:?}");
    let begun = Instant::now();
    running.client.call(Request::Lock).unwrap();
    running.ended();
    println!("from lock to gone: {:?}", begun.elapsed());
    thread::sleep(Duration::from_secs(5));
    assert_eq!(holding(&pattern), [""; 0]);
}

fn sha2_of(path: &Path) -> u64 {
    use sha2::Digest;
    let digest = sha2::Sha256::digest(path.to_string_lossy().as_bytes());
    u64::from_le_bytes(digest[..8].try_into().unwrap())
}
