import type { AccessLine, Client, Grant, Kind, Trust } from "../../lib/bindings";
import { KIND_WORDS } from "../../lib/words";

/** The kinds another program may read; never the vault. */
export const READABLE: Kind[] = ["core", "episodic", "semantic", "procedural", "resource"];

/** What is harmless to most. */
export const USUAL: Grant = {
  kinds: ["episodic", "semantic"],
  observations: false,
  min_trust: "own_window",
  max_age_days: null,
  apps_left_out: [],
  propose: false,
  chat: false,
};

/** Whom a program may hear, least trusted first. */
export const FROM_WHOM: [Trust, string][] = [
  ["screen", "Anybody who was on your screen"],
  ["own_window", "You, other programs and imports"],
  ["client", "You in chats here, other programs and imports"],
  ["chat", "You, in chats here or typed"],
  ["user", "You, typed into a memory"],
];

/** How far back, in days. */
export const AGES: [number | null, string][] = [
  [null, "Of any age"],
  [1, "Of the last day"],
  [7, "Of the last week"],
  [30, "Of the last month"],
  [365, "Of the last year"],
];

/** What a program may do, one plain sentence each. */
export function grantWords(grant: Grant): string[] {
  const words: string[] = [];
  const kinds = grant.kinds.map((kind) => KIND_WORDS[kind].name.toLowerCase());
  if (grant.observations) kinds.push("the texts themselves");
  if (kinds.length > 0) words.push(`Reads ${listed(kinds)}.`);
  if (kinds.length > 0 && grant.min_trust !== "screen") words.push(`Said by: ${fromWhom(grant.min_trust)}.`);
  if (kinds.length > 0 && grant.max_age_days !== null) words.push(`${ageWords(grant.max_age_days)} only.`);
  if (grant.apps_left_out.length > 0) words.push(`Nothing of ${listed(grant.apps_left_out)}.`);
  if (grant.propose) words.push("Hands in memories; what they may not become waits for your yes.");
  if (grant.chat) words.push("Hands in what is said in its own conversations.");
  return words;
}

/** Whether its token opens anything. */
export const isOpen = (client: Client, now: number) => client.revoked_at === null && now < client.expires_at;

/** The lines of the log by program, in the order in which they come. */
export function byReader(lines: AccessLine[]): [string, AccessLine[]][] {
  const readers = new Map<string, AccessLine[]>();
  for (const line of lines) readers.set(line.reader, [...(readers.get(line.reader) ?? []), line]);
  return [...readers];
}

const fromWhom = (trust: Trust) => {
  const words = FROM_WHOM.find(([known]) => known === trust)?.[1] ?? trust;
  return words[0].toLowerCase() + words.slice(1);
};

const ageWords = (days: number) => AGES.find(([known]) => known === days)?.[1] ?? `Of the last ${days} days`;

const listed = (words: string[]) =>
  words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
