// npm test: set up what is missing, then every check there is, each with its time; the last line is the sum.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { countTests } from "./count.mjs";
import { setUp } from "./setup/all.mjs";
import { root } from "./setup/paths.mjs";
import { run } from "./setup/run.mjs";
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

const started = Date.now();
const results = [];
try {
  await setUp();
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
  let text = "";
  const ok =
    typeof program === "function"
      ? await succeeds(program)
      : (await run(program, args, { lines: (part) => (text += part) })) === 0;
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

async function succeeds(step) {
  try {
    await step();
    return true;
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    bad(error.message);
    return false;
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
