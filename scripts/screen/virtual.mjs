// A virtual screen for a machine without one: an X server in memory, a window manager, a session bus of its own
// and a keychain on it. Nobody but this user can look at it.
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterwards, pause, start } from "../children.mjs";
import { cache } from "../setup/paths.mjs";
import { Trouble } from "../setup/say.mjs";

/** Where the running screen's environment is written, for other shells to read. */
export const environmentFile = join(cache, "screen", "environment");

/** True where a window can be opened already. */
export const hasDisplay = () => Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);

/** The virtual screen's own keychain outlives it, so that what was locked with it opens the next time. */
const keychainFolder = join(
  process.env.XDG_DATA_HOME || join(homedir(), ".local", "share"),
  "afterimage-virtual-keychain",
);

/** Starts everything and returns the environment that programs on this screen run with. */
export async function virtualScreen(keychainIn = keychainFolder) {
  const display = await xServer();
  const bus = { DBUS_SESSION_BUS_ADDRESS: await sessionBus() };
  await keychain(bus, keychainIn);
  const env = { ...display, ...bus, XDG_SESSION_TYPE: "x11" };
  await windowManager(env);
  return env;
}

/** Tells other shells about the screen, for as long as it is there. */
export function announce(env) {
  mkdirSync(dirname(environmentFile), { recursive: true, mode: 0o700 });
  writeFileSync(
    environmentFile,
    Object.entries(env)
      .map(([name, value]) => `export ${name}='${value}'\n`)
      .join(""),
    { mode: 0o600 },
  );
  afterwards(() => rmSync(environmentFile, { force: true }));
}

// The server picks a free number and tells it; its cookie file is read whatever number it stands under.
async function xServer() {
  const folder = mkdtempSync(join(tmpdir(), "afterimage-screen-"));
  afterwards(() => rmSync(folder, { recursive: true, force: true }));
  const authority = join(folder, "authority");
  const cookie = randomBytes(16).toString("hex");
  writeFileSync(authority, "", { mode: 0o600 });
  addCookie(authority, ":0", cookie);
  const args = ["-displayfd", "3", "-screen", "0", "1920x1080x24", "-nolisten", "tcp", "-auth", authority];
  const server = start("Xvfb", args, { stdio: ["ignore", "ignore", "ignore", "pipe"] });
  const number = await firstLine(server, server.stdio[3], "Xvfb");
  addCookie(authority, `:${number}`, cookie);
  return { DISPLAY: `:${number}`, XAUTHORITY: authority };
}

// A window that opens while the manager is still starting can be lost, so its sign on the root window is awaited.
async function windowManager(env) {
  start("openbox", ["--sm-disable"], { env });
  await says("window id", "xprop", ["-root", "_NET_SUPPORTING_WM_CHECK"], env, "openbox");
}

/** Asks a program again and again, for at most twenty seconds, until its answer holds `words`. */
async function says(words, program, args, env, awaited) {
  for (const deadline = Date.now() + 20_000; Date.now() < deadline; await pause(100)) {
    const answer = spawnSync(program, args, { env: { ...process.env, ...env }, encoding: "utf8" });
    if (answer.stdout?.includes(words)) return;
  }
  throw didNotStart(awaited);
}

const didNotStart = (name) =>
  new Trouble(
    `${name} did not start.`,
    `Run \`${name}\` by hand to see why, or start this command on a machine with a display.`,
  );

function addCookie(authority, display, cookie) {
  const done = spawnSync("xauth", ["-q", "-f", authority, "add", display, ".", cookie], { encoding: "utf8" });
  if (done.status !== 0)
    throw new Trouble(
      `The virtual screen's access could not be set: ${done.stderr ?? "xauth is missing"}`,
      "Install xauth, then run the same command again.",
    );
}

async function sessionBus() {
  const bus = start("dbus-daemon", ["--session", "--nofork", "--nopidfile", "--print-address=1"], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  return firstLine(bus, bus.stdout, "dbus-daemon");
}

// The keychain's own password lies beside it, readable by this user only: on a machine without a log-in screen
// there is nobody to ask. Whoever wants more gives the profile a passphrase.
async function keychain(bus, folder) {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700);
  const env = { ...bus, XDG_DATA_HOME: folder };
  const daemon = start("gnome-keyring-daemon", ["--unlock", "--foreground", "--components=secrets"], {
    env,
    stdio: ["pipe", "ignore", "ignore"],
  });
  daemon.stdin.on("error", () => {});
  daemon.stdin.end(password(join(folder, "password")));
  // Asked too early, the bus would start another keychain, in the user's own folder.
  const ask = [
    "--session",
    "--print-reply",
    "--dest=org.freedesktop.DBus",
    "/",
    "org.freedesktop.DBus.NameHasOwner",
  ];
  await says(
    "boolean true",
    "dbus-send",
    [...ask, "string:org.freedesktop.secrets"],
    bus,
    "gnome-keyring-daemon",
  );
}

function password(file) {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
    const fresh = randomBytes(24).toString("base64url");
    writeFileSync(file, fresh, { mode: 0o600, flag: "wx" });
    return fresh;
  }
}

function firstLine(child, stream, name) {
  return new Promise((resolve, reject) => {
    let text = "";
    stream.setEncoding("utf8");
    stream.on("data", (part) => {
      text += part;
      if (text.includes("\n")) resolve(text.split("\n")[0].trim());
    });
    child.on("error", () => reject(didNotStart(name)));
    child.on("exit", () => reject(didNotStart(name)));
  });
}
