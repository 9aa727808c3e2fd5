// A window of the desktop app, driven through WebKitWebDriver, which starts the app itself.
import { spawn } from "node:child_process";
import { createServer } from "node:net";

const ELEMENT = "element-6066-11e4-a52e-4f735466cecf";
const PATIENCE_MS = 90_000;

/** Starts the app `binary` and gives the session that drives it. */
export async function openWindow(binary, environment) {
  const port = await freePort();
  const driver = spawn("WebKitWebDriver", [`--port=${port}`], {
    stdio: "ignore",
    env: { ...process.env, ...environment, TAURI_AUTOMATION: "true", TAURI_WEBVIEW_AUTOMATION: "true" },
  });
  const base = `http://127.0.0.1:${port}`;
  await until("the driver listens", () => fetch(`${base}/status`).then(() => true));
  const capabilities = { alwaysMatch: { "webkitgtk:browserOptions": { binary, args: [] } } };
  const { sessionId } = await command(base, "POST", "/session", { capabilities });
  return new Session(`${base}/session/${sessionId}`, driver);
}

class Session {
  #base;
  #driver;

  constructor(base, driver) {
    this.#base = base;
    this.#driver = driver;
  }

  #ask(method, path, body) {
    return command(this.#base, method, path, body);
  }

  async #find(xpath) {
    return (await this.#ask("POST", "/element", { using: "xpath", value: xpath }))[ELEMENT];
  }

  /** Waits until there is an element. */
  see(xpath) {
    return until(`there is ${xpath}`, () => this.#find(xpath));
  }

  async press(xpath) {
    const id = await this.see(xpath);
    await until(`${xpath} can be pressed`, async () => {
      await this.#ask("POST", `/element/${id}/click`, {});
      return true;
    });
  }

  async type(xpath, text) {
    await this.#ask("POST", `/element/${await this.see(xpath)}/value`, { text });
  }

  run(script, ...args) {
    return this.#ask("POST", "/execute/sync", { script, args });
  }

  async close() {
    await this.#ask("DELETE", "").catch(() => {});
    this.#driver.kill();
  }
}

async function command(base, method, path, body) {
  const reply = await fetch(base + path, { method, body: body && JSON.stringify(body) });
  const { value } = await reply.json();
  if (!reply.ok) throw new Error(`${path}: ${value?.message ?? reply.status}`);
  return value;
}

/** Tries again until an attempt gives something. */
export async function until(what, attempt) {
  const end = Date.now() + PATIENCE_MS;
  let last;
  while (Date.now() < end) {
    try {
      const result = await attempt();
      if (result) return result;
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`waited ${PATIENCE_MS / 1000} s until ${what}: ${last?.message ?? "it never was"}`);
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
