import { expect, test } from "vitest";
import { wordDiff } from "../src/lib/diff";

/** `same -removed- +added+` */
const brief = (before: string, after: string) =>
  wordDiff(before, after)
    .map(({ change, text }) => (change === "same" ? text : change === "added" ? `+${text}+` : `-${text}-`))
    .join("");

test.each([
  ["due Friday", "due Friday", "due Friday"],
  ["due Friday", "due Monday", "due -Friday-+Monday+"],
  ["a b c", "a c", "a -b -c"],
  ["a c", "a b c", "a +b +c"],
  ["", "new", "+new+"],
  ["gone", "", "-gone-"],
])("from %j to %j", (before, after, expected) => {
  expect(brief(before, after)).toBe(expected);
});

test("very long texts are shown as wholes", () => {
  const long = "word ".repeat(2000);
  expect(wordDiff(long, `${long}more`)).toHaveLength(2);
});
