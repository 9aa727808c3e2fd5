// npm run screenshot [FILE.png]: a picture of the virtual screen that `npm start` opened.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { environmentFile, hasDisplay } from "./screen/virtual.mjs";
import { giveUp, good, Trouble } from "./setup/say.mjs";

const file = resolve(process.argv[2] ?? "screenshot.png");
const done = spawnSync("import", ["-window", "root", file], {
  env: { ...process.env, ...screenEnvironment() },
  encoding: "utf8",
});
if (done.status !== 0)
  giveUp(
    new Trouble(
      `No picture could be taken: ${(done.stderr || "imagemagick's `import` is missing").trim()}`,
      "Is `npm start` running?",
    ),
  );
good(file);

function screenEnvironment() {
  if (hasDisplay()) return {};
  try {
    const lines = readFileSync(environmentFile, "utf8").matchAll(/^export (\w+)='(.*)'$/gm);
    return Object.fromEntries([...lines].map(([, name, value]) => [name, value]));
  } catch {
    return giveUp(
      new Trouble("There is no virtual screen.", "Start one with `npm start` in another terminal."),
    );
  }
}
