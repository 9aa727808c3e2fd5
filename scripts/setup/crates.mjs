// Crates: every source the lock file names, for every platform, so that building and the checks of the
// dependency graph need no network.
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { root } from "./paths.mjs";
import { must } from "./run.mjs";
import { step } from "./say.mjs";
import { digest, isCurrent, mark } from "./stamp.mjs";

export async function crates() {
  const home = process.env.CARGO_HOME || join(homedir(), ".cargo");
  const stamp = join(home, "registry", ".afterimage");
  const value = digest(readFileSync(join(root, "Cargo.lock")));
  if (isCurrent(stamp, value)) return;
  step("Crates");
  await must(
    "cargo",
    ["fetch", "--locked"],
    "Check the network and cargo's message above, then run the same command again.",
  );
  mark(stamp, value);
}
