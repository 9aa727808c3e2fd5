import type { Body, Kind, Memory, NewMemory, Patch } from "../../lib/bindings";

/** The fields of the form; lists are typed as text. */
export interface Fields {
  title: string;
  details: string;
  tree: string;
  tags: string;
  body: Body;
  /** `YYYY-MM-DDTHH:mm`, local. */
  at: string;
}

/** A body of a kind with nothing in it. */
export function blankBody(kind: Kind): Body {
  switch (kind) {
    case "core":
      return { kind, block: "human" };
    case "episodic":
      return { kind, actor: "user", event_type: "", until: null };
    case "semantic":
      return { kind, subject: "", learned_from: "" };
    case "procedural":
      return { kind, entry_type: "guide", steps: [] };
    case "resource":
      return { kind, resource_type: "web page", locator: null, content: "" };
    case "vault":
      return { kind, entry_type: "password", sensitivity: "high", secret: "" };
  }
}

export function fieldsOf(memory: Memory | undefined, kind: Kind, now: number): Fields {
  return {
    title: memory?.title ?? "",
    details: memory?.details ?? "",
    tree: memory?.tree_path.join(" / ") ?? "",
    tags: memory?.tags.join(", ") ?? "",
    body: memory?.body ?? blankBody(kind),
    at: localMinute(memory?.valid_from ?? now),
  };
}

/** What is wrong with the fields, or null. */
export function complaint({ title, body }: Fields): string | null {
  if (title.trim() === "") return "Give it a title.";
  if (body.kind === "procedural" && stepsOf(body.steps).length === 0) return "Write at least one step.";
  return null;
}

/** A memory typed by the user. */
export function newMemory(fields: Fields): NewMemory {
  return {
    title: fields.title.trim(),
    details: fields.details.trim(),
    body: tidied(fields.body),
    tree_path: listOf(fields.tree, "/"),
    tags: listOf(fields.tags, ","),
    sources: [],
    trust: "user",
    confidence: 1,
    valid_from: new Date(fields.at).getTime() || Date.now(),
  };
}

/** Only what differs from the memory as it is. */
export function patchOf(memory: Memory, fields: Fields): Patch {
  const next = newMemory(fields);
  const differs = <T>(a: T, b: T) => JSON.stringify(a) !== JSON.stringify(b);
  return {
    ...(next.title !== memory.title && { title: next.title }),
    ...(next.details !== memory.details && { details: next.details }),
    ...(differs(next.body, memory.body) && { body: next.body }),
    ...(differs(next.tree_path, memory.tree_path) && { tree_path: next.tree_path }),
    ...(differs(next.tags, memory.tags) && { tags: next.tags }),
    more_sources: [],
  };
}

/** Whether a patch changes anything. */
export const isEmptyPatch = (patch: Patch) => Object.keys(patch).length === 1;

const listOf = (text: string, separator: string) =>
  text
    .split(separator)
    .map((part) => part.trim())
    .filter((part) => part !== "");

const stepsOf = (steps: string[]) => steps.map((step) => step.trim()).filter((step) => step !== "");

const tidied = (body: Body): Body =>
  body.kind === "procedural" ? { ...body, steps: stepsOf(body.steps) } : body;

function localMinute(at: number): string {
  const date = new Date(at);
  return new Date(at - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
