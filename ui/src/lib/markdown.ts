// Markdown as the assistant writes it, parsed to a tree. There is no HTML, no picture and no live link in the tree,
// so nothing the model says can load or run anything.

export type Inline =
  | { type: "text"; text: string }
  | { type: "code"; text: string }
  | { type: "strong" | "emphasis" | "strike"; children: Inline[] }
  | { type: "link"; children: Inline[]; host: string; address: string }
  | { type: "cite"; number: number };

export type Block =
  | { type: "paragraph"; children: Inline[] }
  | { type: "heading"; level: number; children: Inline[] }
  | { type: "code"; language: string; text: string }
  | { type: "list"; ordered: boolean; start: number; items: Block[][] }
  | { type: "quote"; children: Block[] }
  | { type: "table"; head: Inline[][]; rows: Inline[][][] }
  | { type: "rule" };

const FENCE = /^\s{0,3}(```+|~~~+)\s*([\w+#.-]*).*$/;
const HEADING = /^\s{0,3}(#{1,6})\s+(.*?)\s*#*\s*$/;
const RULE = /^\s{0,3}([-*_])(\s*\1){2,}\s*$/;
const ITEM = /^(\s*)([-*+]|\d{1,9}[.)])\s+(.*)$/;
const QUOTE = /^\s{0,3}>\s?(.*)$/;
const DIVIDER = /^\s*\|?\s*:?-{2,}:?\s*(\|\s*:?-{2,}:?\s*)*\|?\s*$/;

/** A text's blocks. An unfinished text (it is still streaming) gives what is there so far. */
export function parseMarkdown(text: string): Block[] {
  return parseLines(text.replaceAll("\r\n", "\n").split("\n"), 0);
}

// Text comes from a model: nesting has an end.
const DEEPEST = 8;

function parseLines(lines: string[], depth: number): Block[] {
  const blocks: Block[] = [];
  let at = 0;
  while (at < lines.length) {
    if (lines[at].trim() === "") {
      at++;
      continue;
    }
    const [block, next] = parseBlock(lines, at, depth);
    blocks.push(block);
    at = next;
  }
  return blocks;
}

function parseBlock(lines: string[], at: number, depth: number): [Block, number] {
  const line = lines[at];
  const fence = FENCE.exec(line);
  if (fence) return parseFence(lines, at, fence);
  const heading = HEADING.exec(line);
  if (heading)
    return [{ type: "heading", level: heading[1].length, children: parseInline(heading[2]) }, at + 1];
  if (RULE.test(line)) return [{ type: "rule" }, at + 1];
  if (depth < DEEPEST && QUOTE.test(line)) return parseQuote(lines, at, depth);
  if (depth < DEEPEST && ITEM.test(line)) return parseList(lines, at, depth);
  if (line.includes("|") && DIVIDER.test(lines[at + 1] ?? "")) return parseTable(lines, at);
  return parseParagraph(lines, at, depth);
}

function parseFence(lines: string[], at: number, fence: RegExpExecArray): [Block, number] {
  const body: string[] = [];
  let next = at + 1;
  while (next < lines.length && !lines[next].trim().startsWith(fence[1])) body.push(lines[next++]);
  return [{ type: "code", language: fence[2], text: body.join("\n") }, next + 1];
}

function parseQuote(lines: string[], at: number, depth: number): [Block, number] {
  const body: string[] = [];
  let next = at;
  for (let match = QUOTE.exec(lines[next]); match; match = QUOTE.exec(lines[next] ?? "")) {
    body.push(match[1]);
    next++;
  }
  return [{ type: "quote", children: parseLines(body, depth + 1) }, next];
}

function parseList(lines: string[], at: number, depth: number): [Block, number] {
  const first = ITEM.exec(lines[at]) as RegExpExecArray;
  const indent = first[1].length;
  const ordered = /\d/.test(first[2]);
  const items: Block[][] = [];
  let next = at;
  while (next < lines.length) {
    const item = ITEM.exec(lines[next]);
    if (!item || item[1].length > indent + 1 || item[1].length < indent || /\d/.test(item[2]) !== ordered)
      break;
    const [body, after] = itemLines(lines, next, item, indent);
    items.push(parseLines(body, depth + 1));
    next = after;
  }
  return [{ type: "list", ordered, start: Number.parseInt(first[2], 10) || 1, items }, next];
}

/** The lines of one item, without its indent. */
function itemLines(lines: string[], at: number, item: RegExpExecArray, indent: number): [string[], number] {
  const body = [item[3]];
  let next = at + 1;
  while (next < lines.length) {
    const line = lines[next];
    const depth = line.length - line.trimStart().length;
    const isBlank = line.trim() === "";
    const continues = isBlank ? /^\s{2,}\S/.test(lines[next + 1] ?? "") : depth > indent + 1;
    const isLazy = !isBlank && !ITEM.test(line) && body.at(-1) !== "" && !startsBlock(line);
    if (!continues && !isLazy) break;
    body.push(line.slice(Math.min(depth, indent + 2)));
    next++;
  }
  while (next < lines.length && lines[next].trim() === "" && ITEM.test(lines[next + 1] ?? "")) next++;
  return [body, next];
}

function parseTable(lines: string[], at: number): [Block, number] {
  const rows: Inline[][][] = [];
  let next = at + 2;
  while (next < lines.length && lines[next].includes("|")) rows.push(cells(lines[next++]));
  return [{ type: "table", head: cells(lines[at]), rows }, next];
}

const cells = (line: string) =>
  line
    .trim()
    .replace(/^\||\|$/g, "")
    .split("|")
    .map((cell) => parseInline(cell.trim()));

const startsBlock = (line: string) =>
  FENCE.test(line) || HEADING.test(line) || QUOTE.test(line) || RULE.test(line);

function parseParagraph(lines: string[], at: number, depth: number): [Block, number] {
  const body = [lines[at]];
  let next = at + 1;
  while (next < lines.length && lines[next].trim() !== "" && !startsBlock(lines[next])) {
    if (depth < DEEPEST && ITEM.test(lines[next])) break;
    body.push(lines[next++]);
  }
  return [{ type: "paragraph", children: parseInline(body.join("\n").trim()) }, next];
}

const INLINE =
  /(`+)([\s\S]+?)\1(?!`)|!?\[([^\]\n]+)\]\(\s*<?([^\s)>]*)>?[^)]*\)|\[(\d{1,3}(?:\s*,\s*\d{1,3})*)\]|(\*\*|__)(?=\S)([\s\S]+?\S|\S)\6|~~(?=\S)([\s\S]+?)~~|(\*|(?<![\w])_)(?=\S)([\s\S]*?\S)\9(?![\w*])|(https?:\/\/[^\s<>()\]]+)/;

/** The parts of one paragraph. */
export function parseInline(text: string, depth = 0): Inline[] {
  const parts: Inline[] = [];
  let rest = text;
  for (let match = INLINE.exec(rest); match && depth < DEEPEST; match = INLINE.exec(rest)) {
    if (match.index > 0) parts.push({ type: "text", text: rest.slice(0, match.index) });
    parts.push(...inlineOf(match, depth));
    rest = rest.slice(match.index + match[0].length);
  }
  if (rest !== "") parts.push({ type: "text", text: rest });
  return parts;
}

function inlineOf(match: RegExpExecArray, depth: number): Inline[] {
  const [whole, tick, code, label, address, numbers, strong, strongText, strike, em, emText, bare] = match;
  if (tick) return [{ type: "code", text: code.trim() }];
  if (label !== undefined) return [linkOf(parseInline(label, depth + 1), address)];
  if (numbers) return numbers.split(",").map((n) => ({ type: "cite", number: Number(n) }));
  if (strong) return [{ type: "strong", children: parseInline(strongText, depth + 1) }];
  if (strike) return [{ type: "strike", children: parseInline(strike, depth + 1) }];
  if (em) return [{ type: "emphasis", children: parseInline(emText, depth + 1) }];
  if (bare) return [linkOf([{ type: "text", text: bare }], bare)];
  return [{ type: "text", text: whole }];
}

function linkOf(children: Inline[], address: string): Inline {
  try {
    return { type: "link", children, address, host: new URL(address).host };
  } catch {
    return { type: "link", children, address, host: "" };
  }
}

/** The text without its marks, for copying and for titles. */
export const plainText = (text: string) => text.replace(/\s*\[\d{1,3}(?:\s*,\s*\d{1,3})*\]/g, "");
