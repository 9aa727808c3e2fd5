// npm start: set up what is missing, build, and run the desktop app; on a machine without a display, on a virtual one.
// `npm start -- --check` starts it with an empty profile, waits until it answers, and ends.

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { endAll, pause, start } from "./screen/children.mjs";
import { announce, environmentFile, hasDisplay, virtualScreen } from "./screen/virtual.mjs";
import { setUp } from "./setup/all.mjs";
import { binary, environment, root } from "./setup/paths.mjs";
import { must } from "./setup/run.mjs";
import { giveUp, good, note, step, Trouble } from "./setup/say.mjs";
import { buildUi } from "./ui.mjs";

const check = process.argv.includes("--check");
const home = check ? mkdtempSync(join(tmpdir(), "afterimage-check-")) : null;
let ending;

process.on("SIGINT", () => finish(130));
process.on("SIGTERM", () => finish(143));

try {
  await setUp();
  await build();
  const env = { ...(await screen()), ...(home ? { AFTERIMAGE_HOME: join(home, "profile") } : {}) };
  const app = start(binary("afterimage-desktop"), [], { env, stdio: ["ignore", "inherit", "inherit"] });
  const ended = new Promise((resolve) => app.on("exit", (code, signal) => resolve(code ?? signal)));
  await answers(env, ended);
  if (!check) {
    howToUse();
    await ended;
  }
  await finish(0);
} catch (error) {
  await clear();
  giveUp(error);
}

async function build() {
  await buildUi();
  step("Building (the first time takes some minutes)");
  await must("cargo", ["build", "--workspace", "--locked"], "Read the compiler's message above.");
}

async function screen() {
  if (hasDisplay()) return {};
  step("No display here: starting a virtual screen");
  const env = await virtualScreen(check ? join(home, "keychain") : undefined);
  if (!check) announce(env);
  const welcome = join(root, "scripts", "screen", "welcome.sh");
  start(
    "xterm",
    ["-T", "Notes", "-fa", "DejaVu Sans Mono", "-fs", "12", "-geometry", "90x28+60+60", "-e", welcome],
    { env },
  );
  return env;
}

/** Waits until the command line gets an answer from the running app. */
async function answers(env, ended) {
  let gone = null;
  ended.then((code) => (gone = code ?? "no code"));
  for (const deadline = Date.now() + 60_000; Date.now() < deadline; await pause(250)) {
    if (gone !== null) throw new Trouble(`The app ended at once (${gone}).`, "Its message stands above.");
    const status = spawnSync(binary("afterimage"), ["status", "--json"], {
      env: { ...environment(), ...env },
      encoding: "utf8",
      timeout: 10_000,
    });
    if (status.status === 0 && isJson(status.stdout)) return good("Afterimage is running.");
  }
  throw new Trouble(
    "The app started and did not answer for a minute.",
    `Ask it by hand: ${binary("afterimage")} status`,
  );
}

function isJson(text) {
  try {
    return typeof JSON.parse(text) === "object";
  } catch {
    return false;
  }
}

function howToUse() {
  note(`Command line   ${binary("afterimage")} --help`);
  if (!hasDisplay()) {
    note("See the screen npm run screenshot            (writes a PNG of the virtual screen)");
    note(`In a shell     . ${environmentFile}   (programs started from it open on that screen)`);
    note(
      "Its keychain is guarded by file permissions only; `afterimage init --passphrase` guards a profile better.",
    );
  }
  note("Ctrl-C ends everything.");
}

// Runs once, however often Ctrl-C is pressed.
function finish(code) {
  ending ??= clear().then(() => process.exit(code));
  return ending;
}

async function clear() {
  await endAll();
  if (home) rmSync(home, { recursive: true, force: true });
}
