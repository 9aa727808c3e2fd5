// npm test: set up what is missing, then every check there is, each with its time; the last line is the sum.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { endAll, start } from "./children.mjs";
import { countTests } from "./count.mjs";
import { setUp } from "./setup/all.mjs";
import { root } from "./setup/paths.mjs";
import { bad, giveUp, good, seconds, step, Trouble } from "./setup/say.mjs";
import { buildUi } from "./ui.mjs";

// In order: what is cheap and what others stand on comes first. A check counts as one test.
const steps = [
  ["scripts", "node", "--test", "--test-reporter=spec", "scripts/scripts.test.mjs"],
  ["interface: types and style", "npm", "run", "--silent", "ui:check"],
  ["interface: tests", "npm", "run", "--silent", "ui:test"],
  ["interface: build", buildUi],
  ["format", "cargo", "fmt", "--all", "--check"],
  ["build", "cargo", "build", "--workspace", "--locked"],
  ["tests", "cargo", "test", "--workspace", "--locked", "--no-fail-fast"],
  ["lints", "cargo", "clippy", "--quiet", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"],
  ["interface: end to end", "npm", "run", "--silent", "e2e"],
  ["npm start", "node", "scripts/start.mjs", "--check"],
];

// Embedders that the app does not start with, but that tests run.
const COMPARED = ["nomic-embed-text-v1.5", "gte-small"];

// Minutes a step may take: a test that waits for ever must not keep a machine for ever.
const LIMIT = 40;

for (const [signal, code] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
]) {
  process.on(signal, () => endAll().then(() => process.exit(code)));
}

const started = Date.now();
const results = [];
try {
  await setUp(COMPARED);
  for (const [name, program, ...args] of steps.filter(isThere))
    results.push(await check(name, program, args));
} catch (error) {
  giveUp(error);
}
summary();

// The end-to-end tests of the interface are a script of their own once they exist.
function isThere([, , , , script]) {
  return script !== "e2e" || "e2e" in JSON.parse(readFileSync(join(root, "package.json"), "utf8")).scripts;
}

async function check(name, program, args) {
  step(name);
  const begun = Date.now();
  const { ok, text } = typeof program === "function" ? await attempt(program) : await listen(program, args);
  const counted = countTests(text);
  const alone = counted.passed + counted.failed === 0;
  return {
    name,
    ok,
    time: seconds(begun),
    passed: counted.passed + (ok && alone ? 1 : 0),
    // A step can fail with every test green: what it is about then counts as failed.
    failed: counted.failed + (!ok && counted.failed === 0 ? 1 : 0),
  };
}

/** Runs a program with its output on this terminal and in `text`; what it leaves running ends with it. */
async function listen(program, args) {
  const child = start(program, args, { stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  for (const [from, to] of [
    [child.stdout, process.stdout],
    [child.stderr, process.stderr],
  ]) {
    from.setEncoding("utf8").on("data", (part) => {
      to.write(part);
      text += part;
    });
  }
  const late = setTimeout(() => {
    bad(`${program} ${args.join(" ")}: not finished after ${LIMIT} minutes, so it is ended.`);
    endAll();
  }, LIMIT * 60_000);
  const code = await new Promise((resolve) => {
    child.on("error", () => resolve(127));
    child.on("close", resolve);
  });
  clearTimeout(late);
  await endAll();
  return { ok: code === 0, text };
}

async function attempt(task) {
  try {
    await task();
    return { ok: true, text: "" };
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    bad(error.message);
    return { ok: false, text: "" };
  }
}

function summary() {
  step(`Summary (${seconds(started)})`);
  for (const { name, ok, time, passed, failed } of results) {
    (ok ? good : bad)(
      `${ok ? "ok  " : "FAIL"}  ${name.padEnd(28)} ${time.padStart(12)}   ${passed} passed, ${failed} failed`,
    );
  }
  const sum = (key) => results.reduce((total, result) => total + result[key], 0);
  process.exitCode = results.every((result) => result.ok) ? 0 : 1;
  console.log(`${sum("passed")} passed, ${sum("failed")} failed`);
}
