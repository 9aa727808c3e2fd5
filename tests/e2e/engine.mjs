// A client of the engine for tests: starts the real binary on a throw-away profile and speaks the protocol over its socket.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { binary as built } from "../../scripts/setup/paths.mjs";

/** Where cargo put a binary of this project. */
export function binary(name) {
  if (name === "afterimage-engine" && process.env.AFTERIMAGE_ENGINE) return process.env.AFTERIMAGE_ENGINE;
  const path = built(name);
  if (!existsSync(path)) throw new Error(`${path} is not there: run cargo build --workspace first`);
  return path;
}

/** A profile folder that is gone after the tests. */
export function newHome() {
  const home = mkdtempSync(join(tmpdir(), "ai-"));
  return { home, remove: () => rmSync(home, { recursive: true, force: true }) };
}

/** Starts the engine on `home`; throws its failure when it says it cannot. A profile made just now has its `recovery` code. */
export async function startEngine(home, { passphrase, code, create = false, environment = {} }) {
  const args = ["--home", home, ...(create ? ["--create"] : []), ...(code ? ["--recovery"] : [])];
  const engine = spawn(binary("afterimage-engine"), args, {
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...process.env, ...environment },
  });
  engine.stdin.write(`${code ?? passphrase}\n`);
  const line = await new Promise((resolve, reject) => {
    createInterface({ input: engine.stdout }).once("line", resolve);
    engine.once("error", reject);
    engine.once("exit", (code) => reject(new Error(`the engine ended with ${code} before it was ready`)));
  });
  const readiness = JSON.parse(line);
  if (readiness.failed) throw readiness.failed;
  engine.recovery = readiness.made?.recovery ?? null;
  return engine;
}

/** Whether an engine listens for `home`. */
export async function isRunning(home) {
  try {
    (await Connection.open(home)).close();
    return true;
  } catch {
    return false;
  }
}

/** How hard a passphrase is to guess, as the command line says it. */
export function strengthOf(passphrase) {
  const words = ["--json", "keys", "strength", "--passphrase-stdin"];
  return JSON.parse(execFileSync(binary("afterimage"), words, { input: `${passphrase}\n` }));
}

/** Whether `home` holds a profile. */
export const hasProfile = (home) => existsSync(join(home, "keyslots.json"));

/** One connection to a running engine. */
export class Connection {
  #relay;
  #calls = new Map();
  #count = 0;
  /** Called with each event after `subscribe`. */
  onEvent = () => {};
  /** Called when the engine ends. */
  onEnd = () => {};

  static async open(home, token) {
    const note = join(home, "run/socket");
    const path = existsSync(note) ? readFileSync(note, "utf8").trim() : join(home, "run/engine.sock");
    const connection = new Connection();
    connection.#connect(path);
    await connection.call({ request: "hello", client: "e2e", protocol: 1, token });
    return connection;
  }

  /** Through a program of ours: the engine answers no others without a token. */
  #connect(path) {
    this.#relay = spawn(binary("relay"), [path], { stdio: ["pipe", "pipe", "ignore"] });
    // It may be gone before it has read everything; then its end tells.
    this.#relay.stdin.on("error", () => {});
    const lines = createInterface({ input: this.#relay.stdout, crlfDelay: Number.POSITIVE_INFINITY });
    lines.on("line", (line) => this.#hear(JSON.parse(line)));
    this.#relay.once("close", () => this.#end());
    this.#relay.once("error", () => this.#end());
  }

  #hear(message) {
    if (message.message === "event") return this.onEvent(message.event);
    const call = this.#calls.get(message.id);
    if (message.message === "progress") return call?.onPart(message.part);
    this.#calls.delete(message.id);
    if (message.result.Ok) call?.resolve(message.result.Ok);
    else call?.reject(message.result.Err);
  }

  #end() {
    for (const { reject } of this.#calls.values()) reject({ code: "locked", message: "The engine ended." });
    this.#calls.clear();
    this.onEnd();
  }

  /** Sends a request; gives its number and its end. */
  begin(request, onPart = () => {}) {
    const id = ++this.#count;
    const done = new Promise((resolve, reject) => this.#calls.set(id, { resolve, reject, onPart }));
    this.#relay.stdin.write(`${JSON.stringify({ id, request })}\n`);
    return { id, done };
  }

  call(request) {
    return this.begin(request).done;
  }

  close() {
    this.#relay.stdin.end();
  }
}
