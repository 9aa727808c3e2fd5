import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { byReader, grantWords, USUAL } from "../src/features/privacy/grants";
import { NOW, newId } from "./builders";
import type { FakeEngine } from "./fake";
import { goTo, openApp, press, type } from "./render";

const agent = (name: string) => ({
  client: {
    id: newId(),
    name,
    grant: USUAL,
    made_at: NOW,
    expires_at: Date.now() + 86_400_000,
    last_used: Date.now() - 120_000,
    revoked_at: null,
  },
  items_today: 12,
  items_left: 488,
});

// D3, D4
test("a program is let in with what is chosen, and its token is shown once", async () => {
  const engine = openApp();
  await goTo("Privacy");
  fireEvent.click(await screen.findByRole("button", { name: "Let a program read…" }));
  const dialog = await screen.findByRole("dialog", { name: "Let a program read" });
  const make = within(dialog).getByRole("button", { name: "Make a token" });
  expect(make.hasAttribute("disabled")).toBe(true);
  expect(within(dialog).queryByText("Vault")).toBeNull();
  type(within(dialog).getByLabelText("Which program"), "Editor");
  fireEvent.click(within(dialog).getByLabelText("Events"));
  fireEvent.click(within(dialog).getByLabelText("How-to"));
  type(within(dialog).getByLabelText("Said by"), "3");
  type(within(dialog).getByLabelText("How old"), "3");
  type(within(dialog).getByLabelText("Nothing of these apps"), "signal, thunderbird,");
  fireEvent.click(within(dialog).getByRole("switch", { name: "It may hand in memories" }));
  fireEvent.click(make);
  expect((await screen.findByLabelText("Token")).textContent).toBe("afterimage_0123");
  const [sent] = engine.sentOf("add_client");
  expect(sent).toEqual({
    request: "add_client",
    name: "Editor",
    days: 90,
    grant: {
      kinds: ["semantic", "procedural"],
      observations: false,
      min_trust: "chat",
      max_age_days: 30,
      apps_left_out: ["signal", "thunderbird"],
      propose: true,
      chat: false,
    },
  });
  press("I have put it there");
  await waitFor(() => expect(screen.queryByLabelText("Token")).toBeNull());
});

// D6
test("who may read is said in plain words, with what was read, and can be revoked", async () => {
  const engine = openApp((engine: FakeEngine) => {
    const ended = agent("Old");
    ended.client.expires_at = Date.now() - 1;
    engine.held.clients = [agent("Editor"), ended];
    const line = { day: NOW, client: null, refused: 1, items: 3, first: NOW, last: NOW };
    engine.held.log = [{ ...line, reader: "window", request: "add_memory", asked: 2 }];
  });
  await goTo("Privacy");
  const editor = await screen.findByRole("listitem", { name: "Editor" });
  expect(within(editor).getByText("Reads events and facts.")).toBeTruthy();
  expect(editor.textContent).toContain("Last used 2 min ago. 12 things read today.");
  expect(screen.queryByRole("listitem", { name: "Old" })).toBeNull();
  expect(screen.getByText("Network: none.")).toBeTruthy();
  const log = screen.getByText(/What was asked for/).closest("details") as HTMLDetailsElement;
  expect(engine.sentOf("access_log")).toEqual([]);
  log.open = true;
  fireEvent(log, new Event("toggle"));
  const asked = await screen.findByRole("region", { name: "Asked for by window" });
  expect(asked.textContent).toContain("add memory2 times, 1 refused, 3 things");
  fireEvent.click(within(editor).getByRole("button", { name: "Revoke" }));
  await screen.findByText("Editor may no longer read.");
  await waitFor(() => expect(screen.queryByRole("listitem", { name: "Editor" })).toBeNull());
});

// D5
test("a program at its limit is told of, with the way to where it is shut out", async () => {
  const engine = openApp();
  await screen.findByRole("button", { name: "Privacy" });
  await waitFor(() => {
    engine.tell({ event: "client_limited", client: newId(), name: "Editor", until: NOW });
    expect(screen.queryAllByText("Editor has read as much as it may for now.").length).toBeGreaterThan(0);
  });
  fireEvent.click(screen.getAllByRole("button", { name: "Who may read" })[0]);
  expect(await screen.findByRole("region", { name: "Who may read" })).toBeTruthy();
});

test("a grant is said whole", () => {
  const grant = { ...USUAL, kinds: [], propose: true, chat: true };
  expect(grantWords(grant).join(" ")).toBe(
    "Hands in memories; what they may not become waits for your yes. Hands in what is said in its own conversations.",
  );
  const narrow = { ...USUAL, observations: true, max_age_days: 7, apps_left_out: ["signal"] };
  expect(grantWords(narrow).join(" ")).toBe(
    "Reads events, facts and the texts themselves. Said by: you, other programs and imports. Of the last week only. Nothing of signal.",
  );
  expect(byReader([])).toEqual([]);
});
