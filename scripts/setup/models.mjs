// Model weights: fetched by `xtask models`, skipped when every file is there as it was left.
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { binary, models, root } from "./paths.mjs";
import { must } from "./run.mjs";
import { step } from "./say.mjs";
import { digest, digestFiles, isCurrent, mark } from "./stamp.mjs";

/** Fetches the models the app starts with, and those of `more`. */
export async function modelWeights(more = []) {
  const stamp = join(models, ".complete");
  const wanted = state(more);
  if (isCurrent(stamp, wanted)) return;
  step("Model weights");
  await must(
    "cargo",
    ["build", "--quiet", "--locked", "--bin", "xtask"],
    "Read the compiler's message above.",
  );
  await fetchModels();
  if (more.length > 0) await fetchModels(...more);
  mark(stamp, state(more));
}

const fetchModels = (...ids) =>
  must(
    binary("xtask"),
    ["models", ...ids],
    `Finished parts are kept: run the same command again to go on. To see what is there: cargo xtask models --list`,
  );

// Sizes and not hashes: the fetcher gives a file its name only after its hash was right.
const state = (more) => digest(digestFiles([join(root, "models")]), ...more, ...sizes());

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
