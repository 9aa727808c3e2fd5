import type { Rect } from "./bindings";

/** Boxes of neighbouring words of one line as one box, in reading order. */
export function joined(boxes: Rect[]): Rect[] {
  const lines: Rect[] = [];
  for (const box of [...boxes].sort((a, b) => a.y - b.y || a.x - b.x)) {
    const at = lines.findIndex((line) => touches(line, box));
    if (at < 0) lines.push(box);
    else lines[at] = around(lines[at], box);
  }
  return lines;
}

/** Whether both stand on one line with no more than a space between them. */
function touches(a: Rect, b: Rect): boolean {
  const height = Math.min(a.height, b.height);
  const shared = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  const apart = Math.max(a.x, b.x) - Math.min(a.x + a.width, b.x + b.width);
  return shared > height / 2 && apart < height;
}

function around(a: Rect, b: Rect): Rect {
  const [x, y] = [Math.min(a.x, b.x), Math.min(a.y, b.y)];
  const [right, bottom] = [Math.max(a.x + a.width, b.x + b.width), Math.max(a.y + a.height, b.y + b.height)];
  return { x, y, width: right - x, height: bottom - y };
}
