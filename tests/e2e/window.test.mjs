// The real window: the app as it is shipped, its own transport, its content policy, its pictures.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { endAll } from "../../scripts/children.mjs";
import { virtualScreen } from "../../scripts/screen/virtual.mjs";
import { binary, Connection, isRunning, newHome, startEngine } from "./engine.mjs";
import { seed } from "./seed.mjs";
import { openWindow, until } from "./webdriver.mjs";

const PASSPHRASE = "four plain words here";
const ARTIFACTS = join(import.meta.dirname, "../../test-artifacts");

const { home, remove } = newHome();
let screen;
let window;

before(async () => {
  mkdirSync(ARTIFACTS, { recursive: true });
  await startEngine(home, { passphrase: PASSPHRASE, create: true });
  const connection = await Connection.open(home);
  await seed(connection);
  await connection.call({ request: "lock" });
  connection.close();
  screen = await virtualScreen(join(home, "keychain"));
  window = await openWindow(binary("afterimage-desktop"), {
    AFTERIMAGE_HOME: home,
    AFTERIMAGE_ENGINE: binary("afterimage-engine"),
    ...screen,
    WAYLAND_DISPLAY: "",
    XDG_CONFIG_HOME: join(home, "config"),
  });
});

after(async () => {
  await window?.close();
  try {
    const connection = await Connection.open(home);
    await connection.call({ request: "lock" });
  } catch {
    // The window locked it when it ended.
  }
  await endAll();
  remove();
});

const named = (name) => `//button[normalize-space(.)="${name}" or @aria-label="${name}"]`;
const text = (words) => `//*[contains(text(), "${words}")]`;

// Not WebDriver's own picture: it can wait for ever for a page that is drawn without a GPU.
const picture = (name) =>
  execFileSync("import", ["-window", "root", join(ARTIFACTS, `window-${name}.png`)], {
    env: { ...process.env, ...screen },
  });

test("the window opens locked and the passphrase opens it", async () => {
  await window.see(text("Afterimage is locked"));
  picture("lock");
  await window.type("//input[@type='password']", PASSPHRASE);
  await window.press(named("Unlock"));
  await window.see(text("May Afterimage watch your screen?"));
  await window.press(named("Not now"));
  await window.see(text("What do you want to remember?"));
  picture("chat");
});

test("pictures of frames come through the window's own protocol", async () => {
  await window.press(named("Timeline"));
  await window.see("//section[@aria-label='Frame']//img");
  const loaded =
    "const image = document.querySelector('section[aria-label=Frame] img'); return image.src.startsWith('frame:') && image.complete && image.naturalWidth";
  let width = 0;
  for (let tries = 0; tries < 200 && !width; tries++) width = await window.run(loaded);
  assert.equal(width, 1280);
  picture("timeline");
});

test("every surface is drawn", async () => {
  await window.press(named("Memories"));
  await window.press(text("Grace Hopper reviews the Atlas budget"));
  await window.see("//article//h1");
  picture("memories");
  await window.press(named("Privacy"));
  await window.see("//section[@aria-label='State of capture']");
  picture("privacy");
  await window.press(named("Settings"));
  await window.see(text("Think in the background"));
  picture("settings");
});

test("what would be recorded is shown live, and consent starts the watching", async () => {
  await window.press(named("Privacy"));
  await window.press(named("Show me"));
  await window.see("//figure//canvas");
  await window.see(text("painted over"));
  picture("preview");
  await window.press(named("Stop the preview"));
  await window.press(named("Start watching my screen"));
  await window.see("//section[@aria-label='State of capture']//h1[.='Capturing' or .='Filtered']");
  picture("capturing");
  await window.press(named("Take back my consent"));
  await window.see("//section[@aria-label='State of capture']//h1[.='Off']");
});

test("the page can load and run nothing from elsewhere", async () => {
  const script = "try { return String(eval('1 + 1')) } catch (error) { return error.name }";
  assert.equal(
    await window.run(
      `return (${JSON.stringify(script)}, (() => { try { new Function('return 1')(); return 'ran' } catch (error) { return error.name } })())`,
    ),
    "EvalError",
  );
  const inline =
    "const s = document.createElement('script'); s.textContent = 'window.__ran = true'; document.head.append(s); return window.__ran === true";
  assert.equal(await window.run(inline), false);
  assert.equal(await window.run("return typeof window.__TAURI__"), "undefined");
});

test("the shell refuses what the window may not send", async () => {
  const refused = await window.run(
    "return window.__TAURI_INTERNALS__.invoke('call', { request: { request: 'ingest', items: [] } }).then(() => 'sent', (failure) => failure.code)",
  );
  assert.equal(refused, "bad_request");
});

test("locking shows the lock screen and ends the engine", async () => {
  await window.press(named("Lock"));
  await window.see(text("Afterimage is locked"));
  await until("the engine has ended", async () => !(await isRunning(home)));
});
