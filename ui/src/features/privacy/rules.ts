/** Whether a rule (`*` stands for anything, case does not matter) covers a name. */
export function covers(rule: string, name: string): boolean {
  const parts = rule.toLowerCase().split("*");
  const text = name.toLowerCase();
  if (parts.length === 1) return text === parts[0];
  if (!text.startsWith(parts[0])) return false;
  let at = parts[0].length;
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  const last = parts[parts.length - 1];
  return text.length - last.length >= at && text.endsWith(last);
}

/** The rules that cover a name. */
export const rulesFor = (rules: string[], name: string) => rules.filter((rule) => covers(rule, name));

/** The rules with one more; known ones and blanks change nothing. */
export function withRule(rules: string[], rule: string): string[] {
  const tidy = rule.trim().toLowerCase();
  return tidy === "" || rules.some((known) => known.toLowerCase() === tidy) ? rules : [...rules, tidy];
}
