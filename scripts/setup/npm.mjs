// npm packages: installed again only when the lock file changed. No package may run a script of its own.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./paths.mjs";
import { must } from "./run.mjs";
import { atLeast } from "./rust.mjs";
import { step, Trouble } from "./say.mjs";
import { digest, isCurrent, mark } from "./stamp.mjs";

export async function npmPackages() {
  requireNode();
  const stamp = join(root, "node_modules", ".installed");
  const value = digest(process.version, readFileSync(join(root, "package-lock.json")));
  if (isCurrent(stamp, value)) return;
  step("npm packages");
  await must(
    "npm",
    ["ci", "--ignore-scripts"],
    "Check the network and npm's message above, then run the same command again.",
  );
  mark(stamp, value);
}

function requireNode() {
  const wanted = /"node": ">=([\d.]+)"/.exec(readFileSync(join(root, "package.json"), "utf8"))[1];
  if (atLeast(process.versions.node, wanted)) return;
  throw new Trouble(
    `Node ${process.versions.node} is too old: ${wanted} is needed.`,
    "Install a newer Node (https://nodejs.org, or your system's packages) and run the same command again.",
  );
}
