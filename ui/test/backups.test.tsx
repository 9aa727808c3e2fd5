import { screen, waitFor } from "@testing-library/react";
import { expect, test } from "vitest";
import { failure } from "./fake";
import { goTo, openApp, press, type } from "./render";

const day = 86_400_000;
const copy = (days: number) => ({ name: `${days}`, at: Date.now() - days * day, bytes: 1_000_000 });

test("the card says when a backup was last tried and that it worked (F15)", async () => {
  openApp((engine) => {
    engine.held.backups = [copy(9), copy(2)];
    engine.held.lastDrill = { at: Date.now() - 3 * day, of: Date.now() - 4 * day, fault: null };
  });
  await goTo("Settings");
  const said = await screen.findByText(/2 copies, the newest from 2 days ago/);
  expect(said.textContent).toContain("Last tried to restore 3 days ago: it worked.");
});

test("the card says why a backup could not be restored, and one can be tried now (F15)", async () => {
  const engine = openApp((engine) => {
    engine.held.backups = [copy(1)];
    engine.held.lastDrill = { at: Date.now() - day, of: Date.now() - day, fault: "The backup is damaged." };
  });
  await goTo("Settings");
  await screen.findByText(/it did not work. The backup is damaged. A fresh copy was made./);
  press("Try to restore now");
  await waitFor(() => expect(engine.sentOf("drill_backup")).toHaveLength(1));
});

async function openDialog() {
  await goTo("Settings");
  await screen.findByText(/There is no copy yet/);
  press("Take it with you…");
  type(await screen.findByLabelText("Where"), "/media/stick/me.age");
  type(screen.getByLabelText("Passphrase of the file"), "four plain words here");
}

test("an archive is written without the vault unless it is asked for (A2)", async () => {
  const engine = openApp();
  await openDialog();
  const write = screen.getByRole("button", { name: "Write the file" });
  type(screen.getByLabelText("The same once more"), "four plain words");
  expect(write.hasAttribute("disabled")).toBe(true);
  type(screen.getByLabelText("The same once more"), "four plain words here");
  press("Write the file");
  await waitFor(() => expect(engine.sentOf("write_archive")).toHaveLength(1));
  expect(engine.sentOf("write_archive")[0]).toEqual({
    request: "write_archive",
    file: { path: "/media/stick/me.age", passphrase: "four plain words here" },
    vault: null,
  });
  expect(engine.sentOf("open_vault")).toHaveLength(0);
  expect(await screen.findByText(/12 memories and 3 pictures are in .*, and it was read back/)).toBeTruthy();
});

test("the vault goes into a second file, opened with what opens the profile (A2)", async () => {
  const engine = openApp();
  await openDialog();
  type(screen.getByLabelText("The same once more"), "four plain words here");
  screen.getByRole("switch", { name: "Take the vault too" }).click();
  type(await screen.findByLabelText("Passphrase of the vault's file"), "another for the vault");
  type(screen.getByLabelText("Passphrase"), "mine");
  expect(screen.getByRole("button", { name: "Write the file" }).hasAttribute("disabled")).toBe(true);
  type(screen.getByLabelText("The vault's once more"), "another for the vault");
  press("Write the file");
  await waitFor(() => expect(engine.sentOf("write_archive")).toHaveLength(1));
  expect(engine.sentOf("open_vault")[0].by).toEqual({ by: "passphrase", passphrase: "mine" });
  expect(engine.sentOf("write_archive")[0].vault).toEqual({
    path: "/media/stick/me.vault.age",
    passphrase: "another for the vault",
  });
});

test("what keeps an archive from being written is said, and nothing typed is lost (A3)", async () => {
  openApp((engine) => {
    engine.failures.write_archive = failure("bad_request", "There is something of that name already.");
  });
  await openDialog();
  type(screen.getByLabelText("The same once more"), "four plain words here");
  press("Write the file");
  await screen.findByText("There is something of that name already.");
  expect((screen.getByLabelText("Where") as HTMLInputElement).value).toBe("/media/stick/me.age");
});
