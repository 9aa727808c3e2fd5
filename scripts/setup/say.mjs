// What a person reads while waiting: one line a step, and one plain paragraph when something is wrong.

const colour = process.stdout.isTTY && !process.env.NO_COLOR && !process.env.CI;
const paint = (code, text) => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);

export const step = (text) => console.log(paint(1, `\n==> ${text}`));
export const note = (text) => console.log(`    ${text}`);
export const good = (text) => console.log(paint(32, text));
export const bad = (text) => console.error(paint(31, text));

/** Something a person has to mend: what failed, and what to do about it. */
export class Trouble extends Error {
  constructor(what, remedy) {
    super(what);
    this.remedy = remedy;
  }
}

/** Prints what went wrong and ends the program. */
export function giveUp(error) {
  if (error instanceof Trouble) {
    bad(`\n${error.message}`);
    console.error(error.remedy.replace(/^/gm, "  "));
  } else {
    bad(`\nThis should not have happened:\n${error.stack}`);
  }
  process.exit(1);
}

export function seconds(since) {
  const passed = (Date.now() - since) / 1000;
  return passed < 90
    ? `${passed.toFixed(1)} s`
    : `${Math.floor(passed / 60)} min ${Math.round(passed % 60)} s`;
}
