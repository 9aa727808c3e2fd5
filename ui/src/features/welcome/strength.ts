/** How hard a passphrase is to guess, 0 to 4, and what to do about it. A hint: the engine decides what it takes. */
export interface Strength {
  score: 0 | 1 | 2 | 3 | 4;
  words: string;
}

const COMMON = /^(password|passphrase|letmein|qwerty|iloveyou|welcome|admin|abc123|afterimage)/i;

/** Estimates bits from length and variety; repeated and consecutive characters count little. */
export function strengthOf(passphrase: string): Strength {
  if (passphrase === "") return { score: 0, words: "Four or more words make a good one." };
  const bits = effectiveLength(passphrase) * Math.log2(alphabet(passphrase));
  if (COMMON.test(passphrase) || bits < 35) return { score: 1, words: "Easy to guess. Add words." };
  if (bits < 50) return { score: 2, words: "Fair. One more word makes it good." };
  if (bits < 70) return { score: 3, words: "Good." };
  return { score: 4, words: "Strong." };
}

function alphabet(text: string): number {
  const sets: [RegExp, number][] = [
    [/[a-z]/, 26],
    [/[A-Z]/, 26],
    [/[0-9]/, 10],
    [/[^a-zA-Z0-9]/, 20],
  ];
  // Words are guessed as words: what variety adds is bounded.
  return Math.min(
    40,
    Math.max(
      2,
      sets.reduce((sum, [set, size]) => (set.test(text) ? sum + size : sum), 0),
    ),
  );
}

function effectiveLength(text: string): number {
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    const step = i === 0 ? 99 : text.charCodeAt(i) - text.charCodeAt(i - 1);
    length += Math.abs(step) <= 1 ? 0.25 : 1;
  }
  // A character of a word carries about half of what a random one does.
  return /\d|[^a-zA-Z\s]/.test(text) ? length * 0.8 : length * 0.6;
}
