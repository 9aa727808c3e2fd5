// How many tests passed and failed, read from what the test programs print.
import { stripVTControlCharacters } from "node:util";

/** Sums every summary line in a text: cargo's, vitest's and node's own. */
export function countTests(text) {
  const plain = stripVTControlCharacters(text);
  const sum = { passed: 0, failed: 0 };
  for (const line of plain.split("\n")) {
    sum.passed +=
      number(line, /^test result: .*?(\d+) passed/) +
      number(line, /^\s+Tests\s.*?(\d+) passed/) +
      number(line, /^[#ℹ] pass (\d+)/);
    sum.failed +=
      number(line, /^test result: .*?(\d+) failed/) +
      number(line, /^\s+Tests\s.*?(\d+) failed/) +
      number(line, /^[#ℹ] fail (\d+)/);
  }
  return sum;
}

const number = (line, pattern) => Number(pattern.exec(line)?.[1] ?? 0);
