// Programs that run beside this one, and ending them: each leads a process group, and the last started ends first.
import { spawn } from "node:child_process";
import { environment, root } from "./setup/paths.mjs";

const running = [];
const last = [];

/** Starts a program in a process group of its own. */
export function start(program, args, { env = {}, stdio = "ignore" } = {}) {
  const child = spawn(program, args, { cwd: root, env: { ...environment(), ...env }, stdio, detached: true });
  child.on("error", () => {});
  running.push(child);
  return child;
}

/** Something to do once everything has ended. */
export const afterwards = (task) => last.push(task);

/** Ends every program that `start` started: politely, and after three seconds by force. */
export async function endAll() {
  for (const child of running.splice(0).reverse()) await end(child);
  for (const task of last.splice(0)) task();
}

async function end(child) {
  if (!child.pid) return;
  signal(child.pid, "SIGTERM");
  const deadline = Date.now() + 3000;
  while (signal(child.pid, 0) && Date.now() < deadline) await pause(50);
  signal(child.pid, "SIGKILL");
}

function signal(group, name) {
  try {
    return process.kill(-group, name);
  } catch {
    return false;
  }
}

export const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
