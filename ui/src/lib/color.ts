/** A steady hue for a name: the same app has the same colour on every day. */
export function hueOf(name: string): number {
  let hash = 2166136261;
  for (const character of name.toLowerCase()) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 16777619) >>> 0;
  }
  // Steps of the golden angle keep neighbours apart.
  return Math.round((hash % 360) * 137.508) % 360;
}

/** The colour of an app's blocks; readable in light and dark. */
export const appColor = (app: string) => `hsl(${hueOf(app)} 48% 55%)`;
