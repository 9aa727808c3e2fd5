/** A run of words that stayed, came or went. */
export interface Run {
  change: "same" | "added" | "removed";
  text: string;
}

const LONGEST = 1500;

/** What changed between two texts, word by word (longest common subsequence). */
export function wordDiff(before: string, after: string): Run[] {
  const [a, b] = [words(before), words(after)];
  if (a.length > LONGEST || b.length > LONGEST) return whole(before, after);
  const common = commonLengths(a, b);
  const runs: Run[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      append(runs, "same", a[i++]);
      j++;
    } else if (j >= b.length || (i < a.length && common[i + 1][j] >= common[i][j + 1])) {
      append(runs, "removed", a[i++]);
    } else {
      append(runs, "added", b[j++]);
    }
  }
  return runs;
}

const words = (text: string) => text.match(/\S+\s*|\s+/g) ?? [];

const whole = (before: string, after: string): Run[] =>
  before === after
    ? [{ change: "same", text: after }]
    : [
        { change: "removed", text: before },
        { change: "added", text: after },
      ];

/** `[i][j]`: length of the longest common subsequence of `a[i..]` and `b[j..]`. */
function commonLengths(a: string[], b: string[]): number[][] {
  const table = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      table[i][j] = a[i] === b[j] ? table[i + 1][j + 1] + 1 : Math.max(table[i + 1][j], table[i][j + 1]);
    }
  }
  return table;
}

function append(runs: Run[], change: Run["change"], text: string) {
  const last = runs.at(-1);
  if (last?.change === change) last.text += text;
  else runs.push({ change, text });
}
