import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { fieldsOf, isEmptyPatch, newMemory, patchOf } from "../src/features/memories/form";
import { rowsOf } from "../src/features/memories/tree";
import { fact, memory, NOW, observation, spanOf } from "./builders";
import { failure } from "./fake";
import { goTo, openApp, press, type } from "./render";

test("a memory shows where it comes from, and its source leads to the timeline", async () => {
  const seen = observation("The deadline of Atlas is Friday");
  const known = fact("Atlas is due on Friday", {
    sources: [{ observation: seen.id, span: spanOf(seen.text, "Friday") }],
    trust: "screen",
    confidence: 0.7,
  });
  openApp((engine) => {
    engine.held.memories = [known];
    engine.held.sources = [seen];
  });
  await goTo("Memories");
  fireEvent.click(await screen.findByText("Atlas is due on Friday"));
  const detail = await screen.findByRole("article");
  expect(within(detail).getByText("Friday").tagName).toBe("MARK");
  expect(within(detail).getByText("70 %")).toBeTruthy();
  expect(within(detail).getByText("Seen on the screen")).toBeTruthy();
  expect(within(detail).getByRole("button", { name: "See it on the timeline" })).toBeTruthy();
});

test("deleting can be undone from the toast", async () => {
  const known = fact("Atlas is due on Friday");
  const engine = openApp((engine) => {
    engine.held.memories = [known];
  });
  await goTo("Memories");
  fireEvent.click(await screen.findByText("Atlas is due on Friday"));
  await screen.findByRole("article");
  press("Delete");
  await screen.findByText("Memory deleted.");
  expect(engine.sentOf("delete_memory")).toEqual([{ request: "delete_memory", id: known.id }]);
  press("Undo");
  await waitFor(() =>
    expect(engine.sentOf("undo_memory")).toEqual([{ request: "undo_memory", id: known.id }]),
  );
});

test("an edit sends only what changed", async () => {
  const known = fact("Atlas is due on Friday", { tags: ["atlas"] });
  const engine = openApp((engine) => {
    engine.held.memories = [known];
  });
  await goTo("Memories");
  fireEvent.click(await screen.findByText("Atlas is due on Friday"));
  await screen.findByRole("article");
  press("Edit");
  type(await screen.findByLabelText("Title"), "Atlas is due on Monday");
  press("Save");
  await waitFor(() =>
    expect(engine.sentOf("edit_memory")).toEqual([
      { request: "edit_memory", id: known.id, patch: { title: "Atlas is due on Monday", more_sources: [] } },
    ]),
  );
});

test("a memory typed by hand is the user's", async () => {
  const engine = openApp();
  await goTo("Memories");
  fireEvent.click(await screen.findByRole("button", { name: "Add a memory" }));
  type(await screen.findByLabelText("Title"), "Grace prefers tea");
  type(screen.getByLabelText("About"), "Grace");
  press("Save");
  await waitFor(() => expect(engine.sentOf("add_memory")).toHaveLength(1));
  expect(engine.sentOf("add_memory")[0].memory).toMatchObject({
    title: "Grace prefers tea",
    trust: "user",
    confidence: 1,
    sources: [],
    body: { kind: "semantic", subject: "Grace" },
  });
});

test("a secret is not on the page until it is asked for, and goes again", async () => {
  const secret = memory(
    { kind: "vault", entry_type: "password", sensitivity: "high", secret: "" },
    { title: "Router" },
  );
  openApp((engine) => {
    engine.held.memories = [secret];
    engine.held.secret = "hunter2";
  });
  await goTo("Memories");
  fireEvent.click(await screen.findByText("Router"));
  await screen.findByRole("article");
  expect(document.body.textContent).not.toContain("hunter2");
  press("Reveal");
  expect(await screen.findByText("hunter2")).toBeTruthy();
  press("Hide");
  expect(document.body.textContent).not.toContain("hunter2");
});

test("the history shows what changed word by word", async () => {
  const before = fact("Atlas is due on Friday");
  const after = { ...before, title: "Atlas is due on Monday", version: 2 };
  openApp((engine) => {
    engine.held.memories = [after];
    engine.held.changes = [
      { id: after.id, before, after, author: { by: "user" }, at: NOW },
      { id: after.id, before: null, after: before, author: { by: "mind", job: "j" }, at: NOW - 1000 },
    ];
  });
  await goTo("Memories");
  fireEvent.click(await screen.findByText("Atlas is due on Monday"));
  await screen.findByRole("article");
  press("History");
  const dialog = await screen.findByRole("dialog");
  await waitFor(() => expect(dialog.querySelectorAll("li")).toHaveLength(2));
  expect(dialog.querySelector("del")?.textContent).toContain("Friday");
  expect(dialog.querySelector("ins")?.textContent).toContain("Monday");
  expect(within(dialog).getByText(/Made by Afterimage/)).toBeTruthy();
});

test("the tree groups by path and keeps what is not filed", () => {
  const filed = fact("b", { tree_path: ["work", "atlas"] });
  const loose = fact("a");
  const rows = rowsOf([loose, filed], "tree").map((row) =>
    row.type === "head" ? `${row.depth} ${row.name} ${row.count}` : row.memory.title,
  );
  expect(rows).toEqual(["0 Not filed 1", "a", "0 work 1", "1 atlas 1", "b"]);
});

test("pinned memories come first in the list", () => {
  const rows = rowsOf([fact("a"), fact("b", { pinned: true })], "list");
  expect(rows.map((row) => row.type === "memory" && row.memory.title)).toEqual(["b", "a"]);
});

test("the fields of a memory give the same memory back", () => {
  const known = memory(
    { kind: "procedural", entry_type: "guide", steps: ["open", "close"] },
    { tree_path: ["work", "atlas"], tags: ["x", "y"] },
  );
  const fields = fieldsOf(known, "procedural", NOW);
  expect(isEmptyPatch(patchOf(known, fields))).toBe(true);
  expect(newMemory(fields)).toMatchObject({ tree_path: ["work", "atlas"], tags: ["x", "y"] });
});

test("the key / leads to the search, and Esc leaves it", async () => {
  openApp((engine) => {
    engine.held.memories = [fact("Atlas is due on Friday"), fact("Grace prefers tea")];
  });
  await goTo("Memories");
  await screen.findByText("Grace prefers tea");
  fireEvent.keyDown(document.body, { key: "/" });
  const box = screen.getByLabelText("Search memories");
  expect(document.activeElement).toBe(box);
  type(box, "grace");
  await waitFor(() => expect(screen.queryByText("Atlas is due on Friday")).toBeNull());
  fireEvent.keyDown(box, { key: "Escape" });
  expect(await screen.findByText("Atlas is due on Friday")).toBeTruthy();
});

test("a closed vault asks for the passphrase, then shows the secret (K7)", async () => {
  const secret = fact("Router", {
    body: { kind: "vault", entry_type: "password", sensitivity: "high", secret: "" },
  });
  let isOpen = false;
  const engine = openApp((engine) => {
    engine.held.memories = [secret];
    engine.replies.push((request) => {
      if (request.request === "open_vault") isOpen = true;
      if (request.request === "reveal_secret" && !isOpen)
        throw failure("vault_closed", "The vault is closed.");
      return undefined;
    });
  });
  await goTo("Memories");
  fireEvent.click(await screen.findByText("Router"));
  fireEvent.click(await screen.findByRole("button", { name: "Reveal" }));
  type(await screen.findByLabelText("Passphrase"), "the passphrase");
  press("Open for a minute");
  expect(await screen.findByText("correct horse")).toBeTruthy();
  expect(engine.sentOf("open_vault")).toHaveLength(1);
});
