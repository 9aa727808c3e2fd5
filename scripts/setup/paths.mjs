// Where everything lives: the clone, and the caches that every clone of this user shares.
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

export const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "afterimage");
export const target = process.env.CARGO_TARGET_DIR || join(cache, "target");
export const models = process.env.AFTERIMAGE_MODELS || join(cache, "models");

/** A program of ours, as built by `cargo build`. */
export const binary = (name) => join(target, "debug", name);

/** The environment every cargo and every program of ours runs with. */
export function environment() {
  const cargoHome = process.env.CARGO_HOME || join(homedir(), ".cargo");
  const quiet = process.env.CI || !process.stderr.isTTY;
  return {
    ...process.env,
    PATH: `${join(cargoHome, "bin")}:${process.env.PATH}`,
    CARGO_TARGET_DIR: target,
    AFTERIMAGE_MODELS: models,
    ...(quiet ? { CARGO_TERM_PROGRESS_WHEN: "never" } : {}),
  };
}
