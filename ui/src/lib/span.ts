import type { Rect, Span, Word } from "./bindings";

/** A piece of text, marked or not. */
export interface Piece {
  text: string;
  marked: boolean;
  /** Where it begins, in UTF-16 units. */
  start: number;
}

/** Spans count bytes of UTF-8; this turns byte positions of one text into positions of a JavaScript string. */
export function byteIndex(text: string): (byte: number) => number {
  if (isAscii(text)) return (byte) => Math.min(byte, text.length);
  const starts: number[] = [];
  let unit = 0;
  for (const character of text) {
    const bytes = utf8Length(character.codePointAt(0) ?? 0);
    for (let i = 0; i < bytes; i++) starts.push(unit);
    unit += character.length;
  }
  return (byte) => (byte < starts.length ? starts[byte] : unit);
}

/** In ASCII a byte is a unit. */
function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 127) return false;
  return true;
}

function utf8Length(point: number): number {
  if (point < 0x80) return 1;
  if (point < 0x800) return 2;
  return point < 0x10000 ? 3 : 4;
}

/** The words a span marks. */
export function textOf(text: string, span: Span): string {
  const at = byteIndex(text);
  return text.slice(at(span.start), at(span.end));
}

/** A text cut at its marks, in order. */
export function marked(text: string, spans: Span[]): Piece[] {
  const at = byteIndex(text);
  const pieces: Piece[] = [];
  let done = 0;
  for (const span of [...spans].sort((a, b) => a.start - b.start)) {
    const [start, end] = [Math.max(at(span.start), done), at(span.end)];
    if (end <= start) continue;
    if (start > done) pieces.push({ text: text.slice(done, start), marked: false, start: done });
    pieces.push({ text: text.slice(start, end), marked: true, start });
    done = end;
  }
  if (done < text.length) pieces.push({ text: text.slice(done), marked: false, start: done });
  return pieces;
}

/** A window of a marked text around its first mark, for one-line snippets. */
export function snippet(text: string, spans: Span[], around = 90): Piece[] {
  const pieces = marked(text, spans);
  const first = pieces.find((piece) => piece.marked)?.start ?? 0;
  const [from, to] = [Math.max(0, first - around), first + around * 2];
  const cut = pieces.map((piece) => clip(piece, from, to)).filter((piece) => piece.text !== "");
  if (from > 0 && cut[0]) cut[0] = { ...cut[0], text: `…${cut[0].text}` };
  return cut;
}

function clip(piece: Piece, from: number, to: number): Piece {
  const start = Math.max(piece.start, from);
  const text = piece.text.slice(Math.max(0, from - piece.start), Math.max(0, to - piece.start));
  return { ...piece, text: text.replace(/\s+/g, " "), start };
}

/** Where the words that share a byte with any of the spans stand on the picture. */
export function boxesOf(words: Word[], spans: Span[]): Rect[] {
  return words
    .filter(({ span }) => spans.some((other) => span.start < other.end && other.start < span.end))
    .map((word) => word.bounds);
}
