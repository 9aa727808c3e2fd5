// The Rust toolchain: the version the workspace asks for, with the formatter and clippy.
import { createHash } from "node:crypto";
import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { arch, tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "./paths.mjs";
import { exists, must, read } from "./run.mjs";
import { note, step, Trouble } from "./say.mjs";

const home = "https://static.rust-lang.org/rustup";

export async function rustToolchain() {
  const wanted = /rust-version = "([\d.]+)"/.exec(readFileSync(join(root, "Cargo.toml"), "utf8"))[1];
  const found = versionOf(read("cargo", ["--version"]));
  if (found && atLeast(found, wanted)) return components();
  step(`Rust toolchain: ${found ? `found ${found}, ` : ""}installing ${wanted}`);
  if (!exists("rustup")) await installRustup();
  await must(
    "rustup",
    ["toolchain", "install", wanted, "--profile", "minimal", "--component", "rustfmt,clippy"],
    byHand(wanted),
  );
  await must("rustup", ["default", wanted], byHand(wanted));
  const now = versionOf(read("cargo", ["--version"]));
  if (!now || !atLeast(now, wanted)) {
    throw new Trouble(
      `cargo on the PATH is ${now ?? "missing"}, ${wanted} is needed.`,
      `Another cargo stands before rustup's on the PATH: ${read("sh", ["-c", "command -v cargo"])}`,
    );
  }
}

export const versionOf = (line) => /\b(\d+\.\d+(?:\.\d+)?)/.exec(line ?? "")?.[1] ?? null;

export function atLeast(found, wanted) {
  const [a, b] = [found, wanted].map((version) => version.split(".").map(Number));
  for (let i = 0; i < b.length; i++) {
    if ((a[i] ?? 0) !== b[i]) return (a[i] ?? 0) > b[i];
  }
  return true;
}

async function components() {
  if (exists("cargo-fmt") && exists("cargo-clippy")) return;
  step("Rust toolchain: adding rustfmt and clippy");
  await must(
    "rustup",
    ["component", "add", "rustfmt", "clippy"],
    "Install the rustfmt and clippy that belong to your cargo.",
  );
}

async function installRustup() {
  const machine = { x64: "x86_64", arm64: "aarch64" }[arch()];
  if (!machine) throw new Trouble(`No prebuilt Rust for this processor (${arch()}).`, byHand());
  const folder = mkdtempSync(join(tmpdir(), "rustup-"));
  try {
    const url = `${home}/dist/${machine}-unknown-linux-gnu/rustup-init`;
    note(`fetching ${url}`);
    const fetch = (from, to) =>
      must("curl", ["-fsSL", "--retry", "3", "--connect-timeout", "15", "-o", to, from], byHand());
    const init = join(folder, "rustup-init");
    await fetch(url, init);
    await fetch(`${url}.sha256`, `${init}.sha256`);
    checkSum(init);
    chmodSync(init, 0o755);
    await must(init, ["-y", "--no-modify-path", "--default-toolchain", "none"], byHand());
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function checkSum(file) {
  const found = createHash("sha256").update(readFileSync(file)).digest("hex");
  const wanted = readFileSync(`${file}.sha256`, "utf8").split(/\s/)[0];
  if (found !== wanted)
    throw new Trouble(
      `rustup-init is not what its author published (found ${found}, published ${wanted}).`,
      "Run the same command again; if it stays so, something between here and there changes the file.",
    );
}

const byHand = (version = "") =>
  `Check the network, or install Rust ${version} by hand (https://rustup.rs) and run the same command again.`.replace(
    "  ",
    " ",
  );
