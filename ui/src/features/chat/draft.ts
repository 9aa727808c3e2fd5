import type { AnswerPart, Citation, Evidence, EvidenceItem } from "../../lib/bindings";
import { appOf, foundText, frameOf, hitBoxes, originWords } from "../../lib/words";

/** An answer while it streams. */
export interface Draft {
  text: string;
  steps: string[];
  evidence: Evidence | null;
}

/** Nothing has come yet. */
export const begun: Draft = { text: "", steps: [], evidence: null };

/** The draft with one more part. */
export function withPart(draft: Draft, part: AnswerPart): Draft {
  switch (part.part) {
    case "step":
      return { ...draft, steps: [...draft.steps, part.label] };
    case "evidence":
      return { ...draft, evidence: part.evidence };
    case "text":
      return { ...draft, text: draft.text + part.text };
  }
}

/** While an answer streams its numbers count the evidence; this makes a citation of an item. */
export function citationOf(item: EvidenceItem): Citation {
  const { found } = item;
  if (found.type === "memory") {
    const { memory } = found;
    return {
      memory: memory.id,
      observation: memory.sources[0]?.observation ?? null,
      frame: null,
      boxes: [],
      span: item.hits[0] ?? null,
      label: memory.title,
      app: memory.body.kind,
      at: memory.valid_from,
    };
  }
  const { observation } = found;
  return {
    memory: null,
    observation: observation.id,
    frame: frameOf(observation),
    boxes: hitBoxes(item),
    span: item.hits[0] ?? null,
    label:
      observation.origin.from === "screen" ? originWords(observation.origin) : firstWords(foundText(found)),
    app: appOf(observation.origin),
    at: observation.at,
  };
}

const firstWords = (text: string) => (text.length > 80 ? `${text.slice(0, 80)}…` : text);

/** The item of the evidence that a citation names. */
export function itemOf(citation: Citation, evidence: Evidence | null): EvidenceItem | undefined {
  return evidence?.items.find(({ found }) =>
    found.type === "memory"
      ? found.memory.id === citation.memory
      : citation.memory === null && found.observation.id === citation.observation,
  );
}
