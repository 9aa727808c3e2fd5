import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { noticesOf } from "../src/app/Notices";
import { layersOf } from "../src/features/privacy/StorageMeter";
import { appFacets, collapsed } from "../src/features/timeline/results";
import { textBetween } from "../src/features/timeline/TextLayer";
import type { EvidenceItem } from "../src/lib/bindings";
import { frameView, NOW, newId, observation, spanOf, status } from "./builders";
import { goTo, openApp, press, type } from "./render";

const counts = { frames: 3, observations: 8, memories: 1, memories_kept: 2, memories_anew: 0, turns: 0 };

test("the state is said, and a pause is sent", async () => {
  const engine = openApp();
  await goTo("Privacy");
  const state = await screen.findByRole("region", { name: "State of capture" });
  expect(within(state).getByRole("heading").textContent).toBe("Capturing");
  press("15 min");
  await waitFor(() => expect(engine.sentOf("pause")).toEqual([{ request: "pause", seconds: 900 }]));
  press("Until I resume");
  await waitFor(() => expect(engine.sentOf("pause")[1]).toEqual({ request: "pause", seconds: null }));
});

test("a pause shows when it ends and can be ended", async () => {
  const engine = openApp((engine) => {
    engine.held.status = status({ capture: { state: "paused", until: Date.now() + 300_000 } });
  });
  await goTo("Privacy");
  expect((await screen.findByRole("timer")).textContent).toMatch(/^[45]:\d\d$/);
  press("Resume");
  await waitFor(() => expect(engine.sentOf("resume")).toHaveLength(1));
});

test.each([
  ["site", "bank.example", { what: "site", site: "bank.example" }],
  ["person", "Anna Meier", { what: "person", name: "Anna Meier" }],
  ["word or phrase", "diagnosis", { what: "words", words: "diagnosis" }],
])("a %s is forgotten by name, after a preview", async (label, text, what) => {
  const engine = openApp();
  await goTo("Privacy");
  const by = await screen.findByLabelText("All that concerns a");
  fireEvent.change(by, { target: { value: what.what } });
  fireEvent.change(screen.getByLabelText(`Which ${label}`), { target: { value: ` ${text} ` } });
  fireEvent.click(screen.getByRole("button", { name: `Forget this ${label}` }));
  expect(await screen.findByRole("dialog", { name: `Forget the ${label} “${text}”?` })).toBeTruthy();
  await waitFor(() => expect(engine.sentOf("forget_preview")).toEqual([{ request: "forget_preview", what }]));
});

test.each([
  ["Site to leave out", "bank.example", { what: "site", site: "bank.example" }],
  ["App to leave out", "bank*", { what: "app", app: "bank*" }],
  ["Title to leave out", "*my bank*", { what: "title", title: "*my bank*" }],
])("%s: what was kept before can be forgotten too, after its preview", async (label, rule, what) => {
  const engine = openApp();
  engine.replies.push((request) =>
    request.request === "forget_preview"
      ? { response: "forget_preview", counts, examples: ["Balance"] }
      : undefined,
  );
  await goTo("Privacy");
  const input = await screen.findByLabelText(label);
  fireEvent.change(input, { target: { value: rule } });
  fireEvent.submit(input);
  fireEvent.click(await screen.findByRole("button", { name: "Also forget what was kept…" }));
  expect(await screen.findByRole("dialog", { name: `Forget what was kept of ${rule}?` })).toBeTruthy();
  expect(engine.sentOf("forget")).toEqual([]);
  fireEvent.click(screen.getByRole("button", { name: "Forget for good" }));
  await waitFor(() => expect(engine.sentOf("forget")).toEqual([{ request: "forget", what }]));
});

test("personal details are hidden by kind, and a missing model is said", async () => {
  const message = "The model file is missing: run `npm start` to fetch it.";
  const engine = openApp((engine) => {
    engine.held.status = status({ details: { state: "unavailable", code: "model_missing", message } });
  });
  await goTo("Privacy");
  expect(await screen.findByText(message)).toBeTruthy();
  fireEvent.click(await screen.findByRole("switch", { name: /Also hide personal details/ }));
  fireEvent.click(await screen.findByRole("switch", { name: /Hide: name/ }));
  const last = () => engine.sentOf("set_settings").at(-1)?.settings.hide_details;
  await waitFor(() => expect(last()).toEqual(["email", "phone", "address", "document", "account"]));
});

test("nothing is forgotten before its preview was shown and confirmed", async () => {
  const engine = openApp();
  engine.replies.push((request) => {
    if (request.request === "forget_preview")
      return { response: "forget_preview", counts, examples: ["Atlas is due"] };
    if (request.request === "forget")
      return { response: "forgotten", receipt: { id: newId(), at: NOW, what: "the last hour", counts } };
    return undefined;
  });
  await goTo("Privacy");
  fireEvent.click(await screen.findByRole("button", { name: "Last hour" }));
  const dialog = await screen.findByRole("dialog");
  expect(await within(dialog).findByText("8")).toBeTruthy();
  expect(within(dialog).getByText("Atlas is due")).toBeTruthy();
  expect(engine.sentOf("forget")).toEqual([]);
  press("Forget for good");
  await screen.findByText(/Forgotten: 3 pictures, 8 texts, 1 memory/);
  const [asked] = engine.sentOf("forget");
  expect(asked.what).toEqual(engine.sentOf("forget_preview")[0].what);
  if (asked.what.what !== "time") throw new Error("not a span of time");
  expect(asked.what.range.to - asked.what.range.from).toBe(3600_000);
});

test("forgetting everything asks for a sentence", async () => {
  const engine = openApp();
  engine.replies.push((request) =>
    request.request === "forget_preview" ? { response: "forget_preview", counts, examples: [] } : undefined,
  );
  await goTo("Privacy");
  fireEvent.click(await screen.findByRole("button", { name: "Forget everything…" }));
  const button = await screen.findByRole("button", { name: "Forget everything" });
  expect(button.hasAttribute("disabled")).toBe(true);
  type(screen.getByLabelText("Type “forget everything” to go on"), "Forget everything");
  expect(button.hasAttribute("disabled")).toBe(false);
  expect(engine.sentOf("forget")).toEqual([]);
});

test("an app that is added is left out at once", async () => {
  const engine = openApp();
  await goTo("Privacy");
  type(await screen.findByLabelText("App to leave out"), "Signal");
  const form = screen.getByLabelText("App to leave out").closest("form") as HTMLFormElement;
  fireEvent.submit(form);
  await waitFor(() => expect(engine.sentOf("set_settings")).toHaveLength(1));
  expect(engine.held.settings.excluded_apps).toEqual(["keepass*", "1password*", "signal"]);
  press("Remove keepass*");
  await waitFor(() => expect(engine.held.settings.excluded_apps).toEqual(["1password*", "signal"]));
});

test("a site that is added is left out at once", async () => {
  const engine = openApp();
  await goTo("Privacy");
  type(await screen.findByLabelText("Site to leave out"), "Bank.example");
  const form = screen.getByLabelText("Site to leave out").closest("form") as HTMLFormElement;
  fireEvent.submit(form);
  await waitFor(() => expect(engine.held.settings.excluded_sites).toEqual(["bank.example"]));
  press("Remove bank.example");
  await waitFor(() => expect(engine.held.settings.excluded_sites).toEqual([]));
});

test("a state that needs the user is told on every surface", () => {
  const notices = noticesOf(
    status({
      capture: { state: "blocked", code: "no_display", message: "No screen can be seen." },
      model: { state: "unavailable", code: "model_missing", message: "The model is not here." },
      failed_jobs: 2,
      load: "slower",
      damage: ["The newest 3 changes are missing."],
    }),
  );
  expect(notices[2]?.text).toBe("The newest 3 changes are missing.");
  expect(notices.map((notice) => notice.action?.label)).toEqual([
    "Open privacy",
    "Choose a model",
    undefined,
    undefined,
    undefined,
  ]);
  expect(noticesOf(status())).toEqual([]);
});

test("vectors are counted once in the meter", () => {
  const layers = layersOf({
    pictures: 10,
    database: 100,
    vectors: 40,
    index: 5,
    spool: 0,
    models: 0,
    logs: 0,
    free: 0,
  });
  expect(layers.reduce((sum, layer) => sum + layer.size, 0)).toBe(115);
});

test("results that say the same are shown once", () => {
  const item = (text: string, title: string): EvidenceItem => ({
    found: {
      type: "observation",
      observation: observation(text, {
        origin: {
          from: "screen",
          frame: newId(),
          app: "firefox",
          title,
          url: null,
          bounds: { x: 0, y: 0, width: 1, height: 1 },
        },
      }),
    },
    score: 1,
    word_rank: 1,
    meaning_rank: null,
    hits: [spanOf(text, "Friday")],
  });
  const items = [item("due on Friday", "a"), item("due on Friday", "a"), item("due on Friday", "b")];
  expect(collapsed(items).map((result) => result.similar)).toEqual([1, 0]);
  expect(appFacets(items)).toEqual([["firefox", 3]]);
});

test("copied words keep the spaces and lines they were read with", () => {
  const { texts } = frameView(observation("one two\nthree four"));
  const word = (start: number, end: number) => ({ text: "0", start: String(start), end: String(end) });
  expect(textBetween([word(4, 7), word(8, 13)], texts)).toBe("two\nthree");
  expect(textBetween([], texts)).toBe("");
});
