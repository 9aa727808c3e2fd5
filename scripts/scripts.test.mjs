// What the set-up decides, without touching the machine.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { countTests } from "./count.mjs";
import { atLeast, versionOf } from "./setup/rust.mjs";
import { digestFiles, isCurrent, mark } from "./setup/stamp.mjs";
import { missing } from "./setup/system.mjs";

test("only what is not installed is asked for", () => {
  const check = (report, expected) => assert.deepEqual(missing(["curl", "xvfb", "git"], report), expected);
  check("curl installed\nxvfb installed\ngit installed\n", []);
  check("curl installed\nxvfb not-installed\ngit installed\n", ["xvfb"]);
  check("curl installed\nxvfb config-files\n", ["xvfb", "git"]);
  check("", ["curl", "xvfb", "git"]);
});

test("versions are compared by their numbers", () => {
  const check = (found, wanted, expected) =>
    assert.equal(atLeast(found, wanted), expected, `${found} >= ${wanted}`);
  check("1.95.0", "1.95", true);
  check("1.100.0", "1.95", true);
  check("1.63.0", "1.95", false);
  check("2.0.0", "1.95.1", true);
  check("1.95", "1.95.1", false);
  check("20.9.0", "20.19", false);
});

test("a version is read from what a program says about itself", () => {
  const check = (line, expected) => assert.equal(versionOf(line), expected);
  check("cargo 1.95.0 (f2d3ce0bd 2026-03-21)", "1.95.0");
  check("cargo 1.97.0-nightly (abc 2026-05-01)", "1.97.0");
  check(null, null);
  check("not a version", null);
});

test("tests are counted in what each program prints", () => {
  const check = (text, passed, failed) => assert.deepEqual(countTests(text), { passed, failed });
  check(
    "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 3 filtered out; finished in 0.1s\n",
    12,
    0,
  );
  check("test result: FAILED. 3 passed; 2 failed; 0 ignored\ntest result: ok. 1 passed; 0 failed;\n", 4, 2);
  check("      Tests  1 failed | 41 passed (42)\n", 41, 1);
  check("\u001b[2m      Tests \u001b[22m \u001b[1m\u001b[32m7 passed\u001b[39m\u001b[22m (7)\n", 7, 0);
  check(" Test Files  3 passed (3)\n", 0, 0);
  check("ℹ pass 5\nℹ fail 1\n# pass 2\n", 7, 1);
  check("a test that prints 9 passed in the middle\n", 0, 0);
});

test("a stamp stands for exactly its inputs", (context) => {
  const folder = mkdtempSync(join(tmpdir(), "stamp-"));
  context.after(() => rmSync(folder, { recursive: true }));
  const value = () => digestFiles([folder], (path) => path.endsWith("stamp"));
  const stamp = join(folder, "made", "stamp");
  writeFileSync(join(folder, "a"), "one");
  assert.equal(isCurrent(stamp, value()), false);
  mark(stamp, value());
  assert.equal(isCurrent(stamp, value()), true);
  writeFileSync(join(folder, "a"), "two");
  assert.equal(isCurrent(stamp, value()), false);
  mark(stamp, value());
  writeFileSync(join(folder, "b"), "");
  assert.equal(isCurrent(stamp, value()), false);
});
