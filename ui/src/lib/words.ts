import type {
  CoreBlock,
  EntityKind,
  EvidenceItem,
  Found,
  FrameId,
  Kind,
  Observation,
  Origin,
  ProcedureType,
  Rect,
  Sensitivity,
  Trust,
} from "./bindings";
import { boxesOf } from "./span";

export const KINDS: Kind[] = ["core", "episodic", "semantic", "procedural", "resource", "vault"];

interface KindWords {
  name: string;
  /** What belongs there, in one line. */
  about: string;
}

/** The six kinds as the app calls them. */
export const KIND_WORDS: Record<Kind, KindWords> = {
  core: { name: "About you", about: "Who you are and how the assistant should behave. Always in its mind." },
  episodic: { name: "Events", about: "What happened, and when." },
  semantic: { name: "Facts", about: "What is so: people, things, ideas." },
  procedural: { name: "How-to", about: "Ways to do something, step by step." },
  resource: { name: "Documents", about: "Pages and files you looked at." },
  vault: { name: "Vault", about: "Secrets you asked to keep. Never searched, never shown to a model." },
};

export const ENTITY_WORDS: Record<EntityKind, string> = {
  person: "Person",
  project: "Project",
  place: "Place",
  organisation: "Organisation",
  thing: "Thing",
};

export const TRUST_WORDS: Record<Trust, string> = {
  screen: "Seen on the screen",
  own_window: "Written by you in another app",
  client: "Imported, or from another program",
  chat: "Said in a chat here",
  user: "Typed by you",
};

export const BLOCK_WORDS: Record<CoreBlock, string> = {
  human: "About you",
  persona: "How the assistant should be",
  custom: "Standing wish",
};

export const PROCEDURE_WORDS: Record<ProcedureType, string> = {
  workflow: "Workflow",
  guide: "Guide",
  script: "Commands",
};

export const SENSITIVITY_WORDS: Record<Sensitivity, string> = { low: "Low", medium: "Medium", high: "High" };

/** Where an observation comes from, in a few words. */
export function originWords(origin: Origin): string {
  switch (origin.from) {
    case "screen":
      return origin.title ? `${origin.app} · ${origin.title}` : origin.app;
    case "chat":
      return origin.by_user ? "You, in a chat here" : "The assistant, in a chat here";
    case "import":
      return [origin.speaker, origin.source].filter(Boolean).join(" · ");
  }
}

/** The app that colours it. */
export function appOf(origin: Origin): string {
  if (origin.from === "screen") return origin.app;
  return origin.from === "chat" ? "chat" : origin.source;
}

export const frameOf = (observation: Observation): FrameId | null =>
  observation.origin.from === "screen" ? observation.origin.frame : null;

/** The text that the hits of an evidence item point into. */
export function foundText(found: Found): string {
  if (found.type === "observation") return found.observation.text;
  const { title, details } = found.memory;
  return details === "" ? title : `${title}\n${details}`;
}

/** Where the hits of an item stand on its picture. */
export const hitBoxes = (item: EvidenceItem): Rect[] =>
  item.found.type === "observation" ? boxesOf(item.found.observation.words, item.hits) : [];
