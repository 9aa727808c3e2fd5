// Other programs: run one and see its output, or run one and read its output.
import { spawn, spawnSync } from "node:child_process";
import { environment, root } from "./paths.mjs";
import { Trouble } from "./say.mjs";

/** Runs a program with its output on this terminal; its exit code. */
export function run(program, args) {
  const child = spawn(program, args, { cwd: root, env: environment(), stdio: "inherit" });
  return new Promise((resolve) => {
    child.on("error", () => resolve(127));
    child.on("close", (code, signal) => resolve(signal ? 128 : code));
  });
}

/** Like `run`, and a failure is trouble with a remedy. */
export async function must(program, args, remedy) {
  const code = await run(program, args);
  if (code !== 0) throw new Trouble(`\`${[program, ...args].join(" ")}\` ended with code ${code}.`, remedy);
}

/** What a program prints, or null where it is missing or fails. */
export function read(program, args) {
  const done = spawnSync(program, args, { cwd: root, env: environment(), encoding: "utf8" });
  return done.status === 0 ? done.stdout : null;
}

export const exists = (program) => read("sh", ["-c", `command -v ${program}`]) !== null;
