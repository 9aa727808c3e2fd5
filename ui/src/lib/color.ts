/** Colours that are told apart at a glance, on light and on dark. */
const PALETTE = [
  "#4f7bd9",
  "#d9734e",
  "#3fa07c",
  "#b05cc6",
  "#c9a227",
  "#5aa9c9",
  "#c2527f",
  "#7d9a3c",
  "#8a72d8",
  "#b3764a",
  "#3d8f9e",
  "#d0605e",
  "#6f86a8",
  "#9aa04a",
];

/** A steady number for a name. */
function hashOf(name: string): number {
  let hash = 2166136261;
  for (const character of name.toLowerCase()) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 16777619) >>> 0;
  }
  return (hash ^ (hash >>> 15)) >>> 0;
}

/** The colour of an app: the same on every day and every surface. */
export const appColor = (app: string): string => PALETTE[hashOf(app) % PALETTE.length];

/** Colours for apps that are seen side by side: each its own, and no two the same while the palette lasts. */
export function colorsOf(apps: string[]): (app: string) => string {
  const slots = new Map<string, number>();
  for (const app of [...new Set(apps)].sort()) slots.set(app, freeSlot(hashOf(app), new Set(slots.values())));
  return (app) => PALETTE[slots.get(app) ?? hashOf(app) % PALETTE.length];
}

function freeSlot(wanted: number, taken: Set<number>): number {
  for (let step = 0; step < PALETTE.length; step++) {
    const slot = (wanted + step) % PALETTE.length;
    if (!taken.has(slot)) return slot;
  }
  return wanted % PALETTE.length;
}
