//! The programs of others that ours are measured beside, built on this machine: llama.cpp from the sources in its
//! registry package, and a Python with onnxruntime. Nothing is installed outside
//! `${XDG_CACHE_HOME:-~/.cache}/afterimage/peers`, and what is there is used again.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use flate2::read::GzDecoder;

use crate::shell;

/// Version of the package `llama-cpp-python`; `peers/llama/source.txt` pins its hash.
const LLAMA: &str = "0.3.36";
const LLAMA_SOURCE: &str = include_str!("../peers/llama/source.txt");
const TOOLS: &str = include_str!("../peers/tools.txt");
/// Our part of the build, by file name.
const PROJECT: [(&str, &str); 2] = [
    (
        "CMakeLists.txt",
        include_str!("../peers/llama/CMakeLists.txt"),
    ),
    (
        "reference.cpp",
        include_str!("../peers/llama/reference.cpp"),
    ),
];

/// Programs ready to be run.
pub struct Peers {
    /// Prints what llama.cpp makes of a model, and how fast; see `peers/llama/reference.cpp`.
    pub reference: PathBuf,
    /// A Python that imports onnxruntime and numpy.
    pub python: PathBuf,
}

impl Peers {
    /// Fetches and builds what is not there yet: minutes the first time.
    pub fn prepare() -> Result<Self> {
        let cache = shell::cache().join("peers");
        let python = python(&cache.join("python"))?;
        let reference = llama(&cache.join(format!("llama.cpp-{LLAMA}")), &python)?;
        Ok(Self { reference, python })
    }
}

/// A Python environment with what `peers/tools.txt` pins.
fn python(folder: &Path) -> Result<PathBuf> {
    let (python, done) = (folder.join("bin/python"), folder.join("tools.txt"));
    if fs::read_to_string(&done).is_ok_and(|installed| installed == TOOLS) {
        return Ok(python);
    }
    eprintln!("preparing a Python in {}", folder.display());
    let mut make = Command::new("python3");
    make.args(["-m", "venv", "--clear"]).arg(folder);
    succeed(&mut make).context("python3 with venv is needed: apt-get install python3-venv")?;
    let wanted = folder.join("wanted.txt");
    fs::write(&wanted, TOOLS)?;
    succeed(pip(&python, "install", &wanted).arg("--only-binary=:all:"))?;
    fs::rename(wanted, done)?;
    Ok(python)
}

/// pip on a list of packages; it refuses what has another hash.
fn pip(python: &Path, what: &str, list: &Path) -> Command {
    let mut command = Command::new(python);
    command
        .args(["-m", "pip", what, "--require-hashes", "--no-deps"])
        .args(["--quiet", "--disable-pip-version-check", "--requirement"])
        .arg(list);
    command
}

/// Our program around llama.cpp, built for this very processor.
fn llama(folder: &Path, python: &Path) -> Result<PathBuf> {
    let (source, project, build) = (
        llama_source(folder, python)?,
        folder.join("project"),
        folder.join("build"),
    );
    fs::create_dir_all(&project)?;
    for (name, text) in PROJECT {
        write_if_other(&project.join(name), text)?;
    }
    if !build.join("build.ninja").is_file() {
        succeed(&mut configure(&source, &project, &build, python))?;
    }
    // It sees for itself when there is nothing to do.
    let mut ninja = Command::new("nice");
    ninja
        .args(["-n", "10"])
        .arg(python.with_file_name("ninja"))
        .arg("-C")
        .arg(&build)
        .arg("reference")
        .stdout(std::io::stderr());
    succeed(&mut ninja)?;
    Ok(build.join("bin/reference"))
}

/// The unpacked sources, fetched when they are not there.
fn llama_source(folder: &Path, python: &Path) -> Result<PathBuf> {
    let package = format!("llama_cpp_python-{LLAMA}");
    let unpacked = folder.join(&package);
    let source = unpacked.join("vendor/llama.cpp");
    if source.is_dir() {
        return Ok(source);
    }
    eprintln!("fetching the sources of llama.cpp ({package})");
    let arriving = folder.join("arriving");
    fs::create_dir_all(&arriving)?;
    let list = arriving.join("source.txt");
    fs::write(&list, LLAMA_SOURCE)?;
    let mut download = pip(python, "download", &list);
    // The tools that describe the package are in the environment already, with their hashes.
    download
        .args(["--no-binary=:all:", "--no-build-isolation", "--dest"])
        .arg(&arriving);
    succeed(&mut download)?;
    let archive = File::open(arriving.join(format!("{package}.tar.gz")))?;
    tar::Archive::new(GzDecoder::new(archive)).unpack(&arriving)?;
    fs::rename(arriving.join(&package), &unpacked)?;
    fs::remove_dir_all(&arriving)?;
    Ok(source)
}

fn configure(source: &Path, project: &Path, build: &Path, python: &Path) -> Command {
    let defined = |name: &str, value: &Path| format!("-D{name}={}", value.display());
    let mut cmake = Command::new(python.with_file_name("cmake"));
    cmake
        .args(["-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release"])
        .arg("-DGGML_NATIVE=ON")
        .arg(defined(
            "CMAKE_MAKE_PROGRAM",
            &python.with_file_name("ninja"),
        ))
        .arg(defined("LLAMA_SOURCE", source))
        .args(accelerators())
        .arg("-S")
        .arg(project)
        .arg("-B")
        .arg(build)
        .stdout(std::io::stderr());
    cmake
}

/// The switches for graphics cards that are here together with what it takes to build for them.
fn accelerators() -> Vec<&'static str> {
    let mut switches = Vec::new();
    if shell::works("nvcc", &["--version"]) && shell::works("nvidia-smi", &["-L"]) {
        switches.push("-DGGML_CUDA=ON");
    }
    if shell::works("glslc", &["--version"]) && real_vulkan_device() {
        switches.push("-DGGML_VULKAN=ON");
    }
    switches
}

/// Whether Vulkan has a device that is not the processor in disguise.
fn real_vulkan_device() -> bool {
    let devices = shell::read("vulkaninfo", &["--summary"]).unwrap_or_default();
    let mut kinds = devices.lines().filter(|line| line.contains("deviceType"));
    kinds.any(|kind| !kind.contains("CPU"))
}

/// Leaves the file's time alone when nothing changes, so that nothing is built again.
fn write_if_other(path: &Path, text: &str) -> Result<()> {
    if fs::read_to_string(path).is_ok_and(|there| there == text) {
        return Ok(());
    }
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

fn succeed(command: &mut Command) -> Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    let status = command
        .status()
        .with_context(|| format!("`{name}` cannot be started"))?;
    ensure!(status.success(), "`{name}` failed ({status})");
    Ok(())
}
