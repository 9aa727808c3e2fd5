import type { Memory } from "../../lib/bindings";
import { BLOCK_WORDS, PROCEDURE_WORDS } from "../../lib/words";

/** A memory as plain text, for comparing its versions. A secret is never in it. */
export function memoryText(memory: Memory): string {
  const lines = [memory.title, memory.details, ...bodyLines(memory)];
  if (memory.tree_path.length > 0) lines.push(`Filed under ${memory.tree_path.join(" / ")}`);
  if (memory.tags.length > 0) lines.push(`Tags: ${memory.tags.join(", ")}`);
  return lines.filter((line) => line !== "").join("\n");
}

function bodyLines({ body }: Memory): string[] {
  switch (body.kind) {
    case "core":
      return [BLOCK_WORDS[body.block]];
    case "episodic":
      return [`${body.actor}: ${body.event_type}`];
    case "semantic":
      return [
        body.subject && `About ${body.subject}`,
        body.learned_from && `Learned from ${body.learned_from}`,
      ];
    case "procedural":
      return [PROCEDURE_WORDS[body.entry_type], ...body.steps.map((step, index) => `${index + 1}. ${step}`)];
    case "resource":
      return [body.resource_type, body.locator ?? "", body.content];
    case "vault":
      return [body.entry_type];
  }
}
