import { expect, test } from "vitest";
import { joined } from "../src/lib/boxes";
import { boxesOf, byteIndex, marked, snippet, textOf } from "../src/lib/span";
import { spanOf, wordsOf } from "./builders";

test.each([
  ["plain words", "words"],
  ["café au lait", "au"],
  ["naïve 🙂 smile", "smile"],
  ["日本語のテキスト", "テキスト"],
])("a span counts bytes and marks the same words here: %s", (text, words) => {
  expect(textOf(text, spanOf(text, words))).toBe(words);
});

test("a span that does not fit is cut, not thrown at", () => {
  expect(byteIndex("né")(99)).toBe(2);
  expect(byteIndex("ab")(99)).toBe(2);
});

test("a text is cut at its marks and nothing is lost or doubled", () => {
  const text = "the invoice for Atlas is due";
  const pieces = marked(text, [spanOf(text, "Atlas"), spanOf(text, "invoice"), spanOf(text, "invoice for")]);
  expect(pieces.map((piece) => piece.text).join("")).toBe(text);
  expect(pieces.filter((piece) => piece.marked).map((piece) => piece.text)).toEqual([
    "invoice",
    " for",
    "Atlas",
  ]);
});

test("a snippet shows the first mark with its surroundings", () => {
  const text = `${"before ".repeat(60)}the needle ${"after ".repeat(60)}`;
  const pieces = snippet(text, [spanOf(text, "needle")], 20);
  const shown = pieces.map((piece) => piece.text).join("");
  expect(shown.startsWith("…")).toBe(true);
  expect(shown.length).toBeLessThan(80);
  expect(pieces.find((piece) => piece.marked)?.text).toBe("needle");
});

test("boxes are those of the words that the marks touch", () => {
  const text = "pay invoice 4711 now";
  const words = wordsOf(text);
  const boxes = boxesOf(words, [spanOf(text, "invoice 4711")]);
  expect(boxes).toEqual([words[1].bounds, words[2].bounds]);
  expect(boxesOf(words, [])).toEqual([]);
});

test("neighbouring words of a line share a box, words of other lines and far words do not", () => {
  const rect = (x: number, y: number, width = 40) => ({ x, y, width, height: 20 });
  expect(joined([rect(50, 0), rect(0, 2), rect(0, 30), rect(300, 0)])).toEqual([
    { x: 0, y: 0, width: 90, height: 22 },
    rect(300, 0),
    rect(0, 30),
  ]);
  expect(joined([])).toEqual([]);
});
