// Model weights: fetched by `xtask models`, skipped when every file is there as it was left.
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { binary, models, root } from "./paths.mjs";
import { must } from "./run.mjs";
import { step } from "./say.mjs";
import { digest, digestFiles, isCurrent, mark } from "./stamp.mjs";

export async function modelWeights() {
  const stamp = join(models, ".complete");
  if (isCurrent(stamp, state())) return;
  step("Model weights");
  await must(
    "cargo",
    ["build", "--quiet", "--locked", "--bin", "xtask"],
    "Read the compiler's message above.",
  );
  await must(
    binary("xtask"),
    ["models"],
    `Finished parts are kept: run the same command again to go on. To see what is there: cargo xtask models --list`,
  );
  mark(stamp, state());
}

// Sizes and not hashes: the fetcher gives a file its name only after its hash was right.
const state = () => digest(digestFiles([join(root, "models")]), ...sizes());

function sizes() {
  const folders = readdir(models).filter((name) => !name.startsWith("."));
  return folders.flatMap((folder) =>
    readdir(join(models, folder)).map(
      (name) => `${folder}/${name} ${statSync(join(models, folder, name)).size}`,
    ),
  );
}

function readdir(path) {
  try {
    return readdirSync(path).sort();
  } catch {
    return [];
  }
}
