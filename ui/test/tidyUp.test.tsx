import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import type { Suggestion } from "../src/lib/bindings";
import { fact, newId } from "./builders";
import { goTo, openApp, press } from "./render";

const moved = (): Suggestion => {
  const before = fact("Ann lives in Rome");
  return {
    id: newId(),
    reason: "conflict",
    words: "“Ann lives in Rome” no longer holds: “Ann lives in Oslo” is newer.",
    waits: { for: "yes" },
    changes: [{ before, after: { ...before, state: "superseded" } }],
  };
};

const noted = (): Suggestion => ({
  id: newId(),
  reason: "note",
  words: "A note of “Thursday” out of 1 lines.",
  waits: { for: "idle" },
  changes: [{ before: null, after: fact("Thursday", { details: "Read mail" }) }],
});

async function open(...suggestions: Suggestion[]) {
  const engine = openApp((engine) => {
    engine.held.suggestions = suggestions;
    engine.held.memories = suggestions.flatMap(({ changes }) => changes.map(({ after }) => after));
  });
  await goTo("Memories");
  return engine;
}

test("U11: a suggestion shows what goes and what comes, and is applied with a way back", async () => {
  const suggestion = moved();
  const engine = await open(suggestion, noted());
  expect(await screen.findByRole("heading", { name: "Tidy up: 2 suggestions" })).toBeTruthy();
  const shown = screen.getByRole("listitem", { name: suggestion.words });
  expect(within(shown).getByText(/Ann lives in Rome/, { selector: "del" })).toBeTruthy();
  expect(within(shown).getByText("Waits for your yes.")).toBeTruthy();
  fireEvent.click(within(shown).getByRole("button", { name: "Apply" }));
  await waitFor(() =>
    expect(engine.sentOf("apply_upkeep")).toEqual([{ request: "apply_upkeep", id: suggestion.id }]),
  );
  expect(await screen.findByRole("heading", { name: "Tidy up: 1 suggestion" })).toBeTruthy();
  press("Undo");
  const id = suggestion.changes[0].after.id;
  await waitFor(() => expect(engine.sentOf("undo_memory")).toEqual([{ request: "undo_memory", id }]));
});

test("U11: what is dismissed goes, and without suggestions there is no card", async () => {
  const suggestion = noted();
  const engine = await open(suggestion);
  const shown = await screen.findByRole("listitem", { name: suggestion.words });
  expect(within(shown).getByText(/Read mail/, { selector: "ins" })).toBeTruthy();
  fireEvent.click(within(shown).getByRole("button", { name: "Dismiss" }));
  await waitFor(() =>
    expect(engine.sentOf("dismiss_upkeep")).toEqual([{ request: "dismiss_upkeep", id: suggestion.id }]),
  );
  expect(await screen.findByText("Choose a memory")).toBeTruthy();
  expect(screen.queryByText(/Tidy up/)).toBeNull();
});

test("U11: all can be agreed to at once", async () => {
  const engine = await open(moved(), noted());
  fireEvent.click(await screen.findByRole("button", { name: "Apply all 2" }));
  await waitFor(() => expect(engine.sentOf("apply_upkeep")).toEqual([{ request: "apply_upkeep", id: null }]));
  expect(await screen.findByText("Choose a memory")).toBeTruthy();
});
