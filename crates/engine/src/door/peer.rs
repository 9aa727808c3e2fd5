//! Whether the program at the other end is one of ours.
//!
//! On Linux the system says which process connected, and which file it runs: it is ours when that is one of our programs, lying beside the
//! engine. This tells an agent from the window; it does not stop a program that starts ours and drives it (`docs/threat-model.md`).

use std::path::Path;

/// The owner's own programs and what they are called in the log.
const OWN: [(&str, &str); 2] = [
    ("afterimage", "command line"),
    ("afterimage-desktop", "window"),
];

/// What the program of a process is called in the log, if it is one of ours.
#[cfg(target_os = "linux")]
pub fn own_program(pid: Option<i32>) -> Option<String> {
    use std::{fs, os::unix::fs::MetadataExt};
    let running = format!("/proc/{}/exe", pid?);
    let path = fs::read_link(&running).ok()?;
    // A name can be made to say anything in a mount namespace; the file that runs is the one that lies there.
    let [runs, lies] = [fs::metadata(&running).ok()?, fs::metadata(&path).ok()?];
    let is_that = (runs.dev(), runs.ino()) == (lies.dev(), lies.ino());
    let here = std::env::current_exe().ok()?;
    is_that.then(|| name_of(&path, here.parent()?)).flatten()
}

/// Not built for this system yet: every program of the user is taken for ours, as the threat model says.
#[cfg(not(target_os = "linux"))]
pub fn own_program(_: Option<i32>) -> Option<String> {
    Some("program".into())
}

/// The name of one of ours: beside the engine, and known. A development build also knows what cargo built into the same folder, its tests.
fn name_of(path: &Path, beside: &Path) -> Option<String> {
    let folder = path.parent()?;
    let file = path.file_name()?.to_str()?;
    let known = OWN.iter().find(|(name, _)| *name == file);
    match known.filter(|_| folder == beside) {
        Some((_, called)) => Some((*called).into()),
        None if cfg!(debug_assertions) => {
            let is_built = folder == beside || folder == beside.join("deps");
            is_built.then(|| file.split('-').next().unwrap_or(file).to_owned())
        }
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(path: &str) -> Option<String> {
        name_of(Path::new(path), Path::new("/opt/afterimage"))
    }

    #[test]
    fn d1_ours_is_what_lies_beside_the_engine_under_a_name_of_ours() {
        assert_eq!(
            named("/opt/afterimage/afterimage").as_deref(),
            Some("command line")
        );
        assert_eq!(
            named("/opt/afterimage/afterimage-desktop").as_deref(),
            Some("window")
        );
        for other in [
            "/usr/bin/python3",
            "/tmp/afterimage",
            "/opt/afterimage/x/afterimage",
            "/opt/afterimage",
        ] {
            assert_eq!(named(other), None, "{other}");
        }
        // Only where cargo builds: an installed engine does not know its neighbours.
        let neighbour = named("/opt/afterimage/python3");
        assert_eq!(neighbour.is_some(), cfg!(debug_assertions));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn d1_a_process_is_known_by_the_file_it_runs() {
        let us = std::process::id() as i32;
        assert!(own_program(Some(us)).is_some(), "this test was built here");
        let mut other = std::process::Command::new("/bin/sleep")
            .arg("60")
            .spawn()
            .unwrap();
        let found = own_program(Some(other.id() as i32));
        other.kill().unwrap();
        other.wait().unwrap();
        assert_eq!(found, None);
        assert_eq!(own_program(None), None);
    }
}
