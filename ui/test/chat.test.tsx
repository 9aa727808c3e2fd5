import { act, fireEvent, screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { placeOf } from "../src/features/chat/CitationChip";
import { withoutThisSitting } from "../src/features/chat/Conversation";
import { begun, withPart } from "../src/features/chat/draft";
import { suggest } from "../src/features/chat/Suggestions";
import type { EvidenceItem } from "../src/lib/bindings";
import { answer, citation, evidence, fact, frameView, NOW, observation, spanOf, status } from "./builders";
import { failure } from "./fake";
import { openApp, press, type } from "./render";

const box = () => screen.findByLabelText("Ask your memory") as Promise<HTMLTextAreaElement>;

async function ask(question: string) {
  const field = await box();
  type(field, question);
  fireEvent.keyDown(field, { key: "Enter" });
}

test("an answer streams, cites, and its citation opens the frame with the words boxed", async () => {
  const seen = observation("The deadline of Atlas is Friday");
  const frame = frameView(seen);
  const item: EvidenceItem = {
    found: { type: "observation", observation: seen },
    score: 1,
    word_rank: 1,
    meaning_rank: 1,
    hits: [spanOf(seen.text, "Friday")],
  };
  const boxes = [seen.words[5].bounds];
  const engine = openApp((engine) => {
    engine.held.frames = [frame];
    engine.parts = [
      { part: "step", label: "Searching your memory" },
      { part: "evidence", evidence: evidence({ items: [item] }) },
      { part: "text", text: "It is **Friday** [1]" },
    ];
  });
  engine.replies.push((request) =>
    request.request === "days"
      ? {
          response: "days",
          days: [{ date: "2026-11-20", range: { from: NOW - 86_400_000, to: NOW }, frames: 1, memories: 0 }],
        }
      : undefined,
  );
  engine.replies.push((request) =>
    request.request === "timeline"
      ? {
          response: "timeline",
          frames: [{ id: frame.id, at: frame.at, app: "firefox", title: "Atlas plan", monitor: "HDMI-1" }],
          gaps: [],
          total: 1,
        }
      : undefined,
  );
  await ask("When is Atlas due?");
  expect(engine.sentOf("ask")[0]).toMatchObject({
    thread: null,
    text: "When is Atlas due?",
    temporary: false,
  });
  const coming = await screen.findByRole("article", { name: "Answer" });
  expect(coming.getAttribute("aria-live")).toBe("polite");
  expect(within(coming).getByText("Friday").tagName).toBe("STRONG");

  const cited = citation({
    observation: seen.id,
    frame: frame.id,
    boxes,
    span: spanOf(seen.text, "Friday"),
    label: "Atlas plan",
  });
  await act(async () =>
    engine.end({
      response: "answered",
      thread: "t1",
      answer: answer("It is **Friday** [1].", { citations: [cited] }),
      evidence: evidence({ items: [item] }),
    }),
  );
  expect(screen.getByText("What I used: 1 source")).toBeTruthy();
  press("Source 1: Atlas plan");
  const stage = await screen.findByRole("region", { name: "Frame" });
  expect(within(stage).getAllByTestId("hit-box")).toHaveLength(1);
  expect(within(stage).getByText("Friday")).toBeTruthy();
  press("Back to where you were");
  expect(await box()).toBeTruthy();
});

test("stop reaches the engine while an answer streams", async () => {
  const engine = openApp((engine) => {
    engine.parts = [{ part: "text", text: "A long" }];
  });
  await ask("Tell me all");
  press("Stop the answer");
  expect(engine.stopped).toBe(1);
});

test("Shift+Enter begins a line and sends nothing; an empty question is not sent", async () => {
  const engine = openApp();
  const field = await box();
  type(field, "first line");
  fireEvent.keyDown(field, { key: "Enter", shiftKey: true });
  type(field, "   ");
  fireEvent.keyDown(field, { key: "Enter" });
  expect(engine.sentOf("ask")).toEqual([]);
});

test("↑ brings back the last questions and ↓ leaves them", async () => {
  openApp((engine) => {
    engine.answered = { response: "answered", thread: "t", answer: answer("Yes."), evidence: evidence() };
  });
  for (const question of ["one", "two"]) {
    await ask(question);
    await waitFor(() => expect(screen.queryByRole("button", { name: "Stop the answer" })).toBeNull());
  }
  const field = await box();
  const values = ["ArrowUp", "ArrowUp", "ArrowUp", "ArrowDown", "ArrowDown"].map((key) => {
    fireEvent.keyDown(field, { key });
    return field.value;
  });
  expect(values).toEqual(["two", "one", "one", "two", ""]);
});

test("a temporary chat asks to keep nothing, and goes on where it was", async () => {
  const engine = openApp((engine) => {
    engine.answered = { response: "answered", thread: "t9", answer: answer("Yes."), evidence: evidence() };
  });
  await box();
  press("Temporary chat: keep nothing");
  expect(await screen.findByText("Temporary: nothing of this chat is kept")).toBeTruthy();
  await ask("a secret matter");
  await screen.findByText("Yes.");
  await ask("and then?");
  const asked = engine.sentOf("ask").map(({ thread, temporary }) => [thread, temporary]);
  expect(asked).toEqual([
    [null, true],
    ["t9", true],
  ]);
  expect(engine.sentOf("turns")).toEqual([]);
});

test("a failure shows its remedy, and trying again asks again", async () => {
  const engine = openApp((engine) => {
    engine.failures.ask = failure("timeout", "The answer took too long. Try again.");
  });
  await ask("When?");
  expect(await screen.findByText("The answer took too long. Try again.")).toBeTruthy();
  delete engine.failures.ask;
  press("Try again");
  await waitFor(() => expect(engine.sentOf("ask")).toHaveLength(2));
});

test("a missing model leads to the settings", async () => {
  openApp((engine) => {
    engine.failures.ask = failure("model_missing", "The model file is not here.");
  });
  await ask("When?");
  await screen.findByText("The model file is not here.");
  press("Choose a model");
  expect(await screen.findByText("Think in the background")).toBeTruthy();
});

test("a citation leads to the frame when its words are boxed there, else to the memory", () => {
  expect(placeOf(citation({ memory: "m" }))).toEqual({ surface: "memories", memory: "m" });
  expect(placeOf(citation({ frame: "f" }))).toEqual({ surface: "timeline", frame: "f", boxes: [] });
  expect(placeOf(citation({ memory: "m", frame: "f" }))).toEqual({ surface: "memories", memory: "m" });
  expect(placeOf(citation())).toBeNull();
});

test("parts add up to a draft", () => {
  const draft = [
    { part: "step", label: "Searching" } as const,
    { part: "text", text: "a" } as const,
    { part: "text", text: "b" } as const,
  ].reduce(withPart, begun);
  expect(draft).toEqual({ steps: ["Searching"], text: "ab", evidence: null });
});

test("what was asked in this sitting is not shown twice", () => {
  const turn = (text: string, at: number) => ({ role: "user", observation: text, at, text }) as const;
  const exchange = {
    id: 1,
    question: "now",
    at: NOW,
    draft: null,
    answer: null,
    evidence: null,
    failure: null,
  };
  const turns = [turn("before", NOW - 60_000), turn("now", NOW + 5)];
  expect(withoutThisSitting(turns, [exchange])).toEqual([turns[0]]);
  expect(withoutThisSitting(turns, [])).toEqual(turns);
});

test("suggestions come from what is there, and there are none for an empty profile", () => {
  expect(suggest([], [], status({ frames_today: 0 }))).toEqual([]);
  const apps = [{ app: "firefox", last_seen: NOW, observations_week: 3, excluded: false }];
  expect(suggest([fact("Atlas is due on Friday")], apps, status())).toEqual([
    "What do I know about Atlas?",
    "What did I do in firefox today?",
    "What was I working on an hour ago?",
  ]);
});

test("what was learned from a chat is said, and can be taken back", async () => {
  const engine = openApp();
  await box();
  const learned = fact("Ada prefers tea", { trust: "chat" });
  const seen = fact("Seen on a page", { trust: "screen" });
  const author = { by: "mind", job: "j" } as const;
  act(() =>
    engine.tell({
      event: "memories_changed",
      changes: [learned, seen].map((after) => ({ id: after.id, before: null, after, author, at: NOW })),
    }),
  );
  await screen.findByText("Learned: Ada prefers tea");
  press("Undo");
  await waitFor(() =>
    expect(engine.sentOf("delete_memory")).toEqual([{ request: "delete_memory", id: learned.id }]),
  );
});
