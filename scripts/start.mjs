// npm start: set up what is missing, build, and run the desktop app; on a machine without a display, on a virtual one.
// `npm start -- --check` does the same with an empty profile on a virtual screen, makes sure that the window stands
// and that the command line works beside it, and ends.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { endAll, pause, start } from "./children.mjs";
import { announce, environmentFile, hasDisplay, virtualScreen } from "./screen/virtual.mjs";
import { setUp } from "./setup/all.mjs";
import { binary, environment, root } from "./setup/paths.mjs";
import { must } from "./setup/run.mjs";
import { giveUp, good, note, step, Trouble } from "./setup/say.mjs";
import { buildUi } from "./ui.mjs";

const check = process.argv.includes("--check");
const scratch = check ? mkdtempSync(join(tmpdir(), "afterimage-check-")) : null;
const virtual = check || !hasDisplay();
let env = scratch ? { AFTERIMAGE_HOME: join(scratch, "profile") } : {};
let engineIsOurs = false;
let ending;

process.on("SIGINT", () => finish(130));
process.on("SIGTERM", () => finish(143));

try {
  await setUp();
  await build();
  if (virtual) env = { ...env, ...(await screen()) };
  engineIsOurs = !afterimage("status").ok;
  const app = start(binary("afterimage-desktop"), [], { env, stdio: ["ignore", "inherit", "inherit"] });
  const ended = new Promise((resolve) => app.on("exit", (code, signal) => resolve(code ?? signal)));
  await opens(ended);
  if (check) commandLineWorks();
  else await inUse(ended);
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
  step("Starting a virtual screen");
  const screen = await virtualScreen(scratch ? join(scratch, "keychain") : undefined);
  if (!check) announce(screen);
  const welcome = join(root, "scripts", "screen", "welcome.sh");
  const look = ["-T", "Notes", "-fa", "DejaVu Sans Mono", "-fs", "12", "-geometry", "90x28+60+60"];
  start("xterm", [...look, "-e", welcome], { env: screen });
  return screen;
}

/** Waits until the window stands; on a display of the user's own, until the app has outlived its first moments. */
async function opens(ended) {
  let gone = null;
  ended.then((code) => {
    gone = code ?? "no code";
  });
  for (const deadline = Date.now() + (virtual ? 60_000 : 2_000); Date.now() < deadline; await pause(200)) {
    if (gone !== null) throw new Trouble(`The app ended at once (${gone}).`, "Its message stands above.");
    if (virtual && windowStands()) return good("Afterimage's window stands.");
  }
  if (virtual)
    throw new Trouble("The app started and opened no window for a minute.", "Its messages stand above.");
}

function windowStands() {
  const search = ["search", "--onlyvisible", "--name", "Afterimage"];
  return spawnSync("xdotool", search, { env: { ...environment(), ...env } }).status === 0;
}

/** Runs our command line as its user would. */
function afterimage(...args) {
  const done = spawnSync(binary("afterimage"), [...args, "--json"], {
    env: { ...environment(), ...env },
    encoding: "utf8",
    timeout: 60_000,
  });
  return { ok: done.status === 0, text: `${done.stdout ?? ""}${done.stderr ?? ""}` };
}

function commandLineWorks() {
  for (const args of [["init", "--keychain"], ["status"], ["lock"]]) {
    const { ok, text } = afterimage(...args);
    if (!ok) throw new Trouble(`\`afterimage ${args.join(" ")}\` failed beside the running app.`, text);
    good(`afterimage ${args.join(" ")}`);
  }
}

async function inUse(ended) {
  good("Afterimage is running. Ctrl-C ends it.");
  note(`command line   ${binary("afterimage")} --help`);
  if (virtual) {
    note("the screen     npm run screenshot    (writes a picture of it)");
    note(`in a shell     . ${environmentFile}    (what is started there opens on the screen)`);
    note(
      "The keychain of this screen is guarded by file permissions only; a passphrase guards a profile better.",
    );
  }
  await ended;
}

// Runs once, however often Ctrl-C is pressed.
function finish(code) {
  ending ??= clear().then(() => process.exit(code));
  return ending;
}

// The engine outlives the app by design, so it is asked to end: it does when it locks.
async function clear() {
  if (engineIsOurs) afterimage("lock");
  await endAll();
  if (scratch) rmSync(scratch, { recursive: true, force: true });
}
