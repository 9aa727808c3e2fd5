import type { EvidenceItem } from "../../lib/bindings";
import { appOf, originWords } from "../../lib/words";

/** A result that stands for others much like it. */
export interface Result {
  item: EvidenceItem;
  similar: number;
}

/** Of results of one window that say the same around the hit, keeps the first and counts the rest. */
export function collapsed(items: EvidenceItem[]): Result[] {
  const kept = new Map<string, Result>();
  for (const item of items) {
    const key = likeness(item);
    const known = kept.get(key);
    if (known) known.similar++;
    else kept.set(key, { item, similar: 0 });
  }
  return [...kept.values()];
}

function likeness({ found, hits }: EvidenceItem): string {
  if (found.type === "memory") return found.memory.id;
  const { origin, text } = found.observation;
  const words = hits
    .slice(0, 4)
    .map((hit) => text.slice(Math.max(0, hit.start - 12), hit.end + 12).replace(/\s+/g, " "));
  return [originWords(origin), ...(words.length > 0 ? words : [text.slice(0, 80)])].join("|").toLowerCase();
}

/** Apps of the results with how many each has, most first. */
export function appFacets(items: EvidenceItem[]): [string, number][] {
  const counts = new Map<string, number>();
  for (const { found } of items) {
    if (found.type !== "observation") continue;
    const app = appOf(found.observation.origin);
    counts.set(app, (counts.get(app) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1]);
}
