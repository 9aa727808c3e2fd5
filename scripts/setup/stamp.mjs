// A stamp says "this was done for exactly these inputs", so that a warm run does nothing.
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** One hash over texts, in order. */
export function digest(...texts) {
  const hash = createHash("sha256");
  for (const text of texts) hash.update(String(text.length)).update("\0").update(text);
  return hash.digest("hex");
}

/** One hash over the files below some folders, names included; `skip` leaves paths out. */
export function digestFiles(paths, skip = () => false) {
  const files = paths.flatMap((path) => filesBelow(path, skip)).sort();
  return digest(...files.flatMap((file) => [file, readFileSync(file)]));
}

function filesBelow(path, skip) {
  if (skip(path)) return [];
  try {
    return readdirSync(path).flatMap((name) => filesBelow(join(path, name), skip));
  } catch (error) {
    if (error.code === "ENOTDIR") return [path];
    if (error.code === "ENOENT") return [];
    throw error;
  }
}

export function isCurrent(stamp, value) {
  try {
    return readFileSync(stamp, "utf8") === value;
  } catch {
    return false;
  }
}

export function mark(stamp, value) {
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, value);
}
