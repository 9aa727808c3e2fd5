// Serves the built interface on loopback and relays what it says to the engine's socket. For tests only: the product has no port.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { Connection, hasProfile, isRunning, startEngine, strengthOf } from "./engine.mjs";

const dist = join(import.meta.dirname, "../../ui/dist");
const client = join(import.meta.dirname, "bridge-page.js");

const TYPES = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css" };

// That of the desktop window, with `connect-src` for this bridge in place of the shell's.
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; connect-src 'self'; " +
  "frame-src 'none'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** Starts the bridge for the profile in `home`. */
export async function startBridge(home, environment = {}) {
  const bridge = new Bridge(home, environment);
  await bridge.listen();
  return bridge;
}

class Bridge {
  #home;
  #environment;
  #server = createServer((request, reply) => this.#answer(request, reply));
  #connection = null;
  #listeners = new Set();
  #asks = new Map();
  #theme = "system";
  url = "";

  constructor(home, environment) {
    this.#home = home;
    this.#environment = environment;
  }

  listen() {
    return new Promise((resolve) => {
      this.#server.listen(0, "127.0.0.1", () => {
        this.url = `http://127.0.0.1:${this.#server.address().port}/`;
        resolve();
      });
    });
  }

  close() {
    this.#connection?.close();
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #answer(request, reply) {
    const { pathname } = new URL(request.url, "http://localhost");
    const [, place, ...rest] = pathname.split("/");
    try {
      if (place === "api" && rest[0] === "events") return this.#subscribe(reply);
      if (place === "api" && rest[0] === "ask") return await this.#ask(await bodyOf(request), reply);
      if (place === "api")
        return sendJson(reply, { Ok: (await this.#act(rest[0], await bodyOf(request))) ?? null });
      if (place === "frame") return await this.#picture(rest, reply);
      return sendFile(reply, pathname);
    } catch (failure) {
      sendJson(reply, { Err: "code" in failure ? failure : { code: "internal", message: String(failure) } });
    }
  }

  async #act(name, body) {
    switch (name) {
      case "profile":
        return await this.#profile();
      case "create":
      case "unlock":
        return await this.#start({ ...body, create: name === "create", environment: this.#environment });
      case "strength":
        return strengthOf(body.passphrase);
      case "call":
        return await (await this.#connected()).call(body.request);
      case "stop":
        return await this.#connection?.call({ request: "stop", call: this.#asks.get(body.key) ?? 0 });
      case "theme":
        this.#theme = body.theme ?? this.#theme;
        return this.#theme;
      default:
        throw { code: "bad_request", message: `no such thing: ${name}` };
    }
  }

  async #start(how) {
    const { recovery } = await startEngine(this.#home, how);
    await this.#connect();
    return recovery;
  }

  async #profile() {
    const unlocked = this.#connection !== null || (await isRunning(this.#home));
    const exists = unlocked || hasProfile(this.#home);
    return { home: this.#home, exists, unlocked, keychain: false, wait_s: 0, profiles: [] };
  }

  async #connected() {
    if (!this.#connection) await this.#connect();
    return this.#connection;
  }

  async #connect() {
    const connection = await Connection.open(this.#home);
    this.#connection = connection;
    connection.onEvent = (event) => this.#tell(event);
    connection.onEnd = () => {
      this.#connection = null;
      this.#tell({ event: "gone" });
    };
    await connection.call({ request: "subscribe" });
  }

  #tell(event) {
    for (const listener of this.#listeners) listener.write(`data: ${JSON.stringify(event)}\n\n`);
  }

  #subscribe(reply) {
    reply.writeHead(200, { "content-type": "text/event-stream" });
    reply.write(":\n\n");
    this.#listeners.add(reply);
    reply.on("close", () => this.#listeners.delete(reply));
  }

  async #ask({ key, request }, reply) {
    const connection = await this.#connected();
    reply.writeHead(200, { "content-type": "application/x-ndjson" });
    const line = (value) => reply.write(`${JSON.stringify(value)}\n`);
    const { id, done } = connection.begin(request, (part) => line({ part }));
    this.#asks.set(key, id);
    await done.then(
      (Ok) => line({ Ok }),
      (Err) => line({ Err }),
    );
    reply.end();
  }

  async #picture([id, size], reply) {
    const { mime, data } = await (await this.#connected()).call({ request: "frame_image", id, size });
    reply.writeHead(200, { "content-type": mime, "cache-control": "no-store" });
    reply.end(Buffer.from(data, "base64"));
  }
}

async function bodyOf(request) {
  let text = "";
  for await (const chunk of request) text += chunk;
  return text === "" ? {} : JSON.parse(text);
}

function sendJson(reply, value) {
  reply.writeHead(200, { "content-type": "application/json" });
  reply.end(JSON.stringify(value));
}

/** A file of the interface as it is shipped; its page with the bridge's transport put before everything else. */
function sendFile(reply, pathname) {
  if (pathname === "/bridge-page.js") return send(reply, "text/javascript", readFileSync(client));
  const path = join(dist, normalize(pathname === "/" ? "/index.html" : pathname));
  const file = readFileSync(path);
  const isPage = path.endsWith("index.html");
  const body = isPage
    ? file.toString().replace("<head>", '<head><script src="/bridge-page.js"></script>')
    : file;
  send(reply, TYPES[extname(path)] ?? "application/octet-stream", body);
}

function send(reply, type, body) {
  reply.writeHead(200, { "content-type": type, "content-security-policy": POLICY });
  reply.end(body);
}
