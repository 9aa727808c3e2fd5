// The user interface's bundle, which the desktop app embeds when it is compiled.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { root } from "./setup/paths.mjs";
import { must } from "./setup/run.mjs";
import { step } from "./setup/say.mjs";
import { digest, digestFiles, isCurrent, mark } from "./setup/stamp.mjs";

/** Builds the bundle when its sources or its packages changed. */
export async function buildUi() {
  const ui = join(root, "ui");
  const dist = join(ui, "dist");
  const stamp = join(root, "node_modules", ".ui-built");
  const value = digest(digestFiles([ui, join(root, "package-lock.json")], (path) => path === dist));
  if (isCurrent(stamp, value) && existsSync(join(dist, "index.html"))) return;
  step("User interface");
  await must("npm", ["run", "--silent", "ui:build"], "Read the message above; the sources are in ui/.");
  mark(join(dist, ".keep"), "");
  mark(stamp, value);
}
