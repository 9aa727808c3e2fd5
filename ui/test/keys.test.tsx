import { fireEvent, screen, waitFor } from "@testing-library/react";
import { expect, test } from "vitest";
import { failure } from "./fake";
import { goTo, openApp, press, type } from "./render";

const pressWhenThere = async (name: string) => fireEvent.click(await screen.findByRole("button", { name }));

test("the passphrase is changed with what opens the profile now (K4)", async () => {
  const engine = openApp();
  await goTo("Settings");
  await pressWhenThere("Change the passphrase");
  type(await screen.findByLabelText("Passphrase"), "the old one");
  type(screen.getByLabelText("New passphrase"), "four plain words here");
  type(screen.getByLabelText("The new one once more"), "four plain words");
  const change = screen.getByRole("button", { name: "Change it" });
  expect(change.hasAttribute("disabled")).toBe(true);
  type(screen.getByLabelText("The new one once more"), "four plain words here");
  press("Change it");
  await waitFor(() => expect(engine.sentOf("set_passphrase")).toHaveLength(1));
  expect(engine.sentOf("set_passphrase")[0]).toEqual({
    request: "set_passphrase",
    by: { by: "passphrase", passphrase: "the old one" },
    passphrase: "four plain words here",
  });
  expect(await screen.findByText(/The old one opens nothing/)).toBeTruthy();
});

test("a wrong passphrase changes nothing and leaves the field empty (K4)", async () => {
  const engine = openApp((engine) => {
    engine.failures.renew_recovery = failure("wrong_passphrase", "The passphrase is wrong: try again.");
  });
  await goTo("Settings");
  await pressWhenThere("New recovery code");
  type(await screen.findByLabelText("Passphrase"), "guess");
  press("Show a new code");
  expect(await screen.findByText("The passphrase is wrong: try again.")).toBeTruthy();
  expect((screen.getByLabelText("Passphrase") as HTMLInputElement).value).toBe("");
  expect(document.body.textContent).not.toContain(engine.recovery.split("-")[0]);
});

test("a new recovery code is shown once, and a group of it asked for (K2)", async () => {
  const engine = openApp();
  await goTo("Settings");
  await pressWhenThere("New recovery code");
  type(await screen.findByLabelText("Passphrase"), "the passphrase");
  press("Show a new code");
  const again = await screen.findByLabelText(/^Type group/);
  expect(screen.getByRole("button", { name: "I have written it down" }).hasAttribute("disabled")).toBe(true);
  const group = Number(screen.getByText(/^Type group/).textContent?.match(/\d+/)?.[0]);
  type(again, engine.recovery.split("-")[group - 1]);
  press("I have written it down");
  await waitFor(() => expect(document.body.textContent).not.toContain("7K3M"));
});

test("minutes until it locks by itself are set (K10)", async () => {
  const engine = openApp();
  await goTo("Settings");
  const minutes = await screen.findByLabelText("Lock when nobody used the machine for");
  type(minutes, "5");
  fireEvent.keyDown(minutes, { key: "Enter" });
  await waitFor(() => expect(engine.held.settings.lock_after_min).toBe(5));
});

test("the keychain is added and taken away, each with a proof (K3)", async () => {
  const engine = openApp((engine) => {
    engine.state = { ...engine.state, keychain: true };
  });
  await goTo("Settings");
  await pressWhenThere("Let the keychain open the profile");
  type(await screen.findByLabelText("Passphrase"), "the passphrase");
  press("Let it");
  expect(await screen.findByText("System keychain")).toBeTruthy();
  await pressWhenThere("Take the keychain away");
  type(await screen.findByLabelText("Passphrase"), "the passphrase");
  press("Take it away");
  await waitFor(() => expect(screen.queryByText("System keychain")).toBeNull());
  const by = { by: "passphrase", passphrase: "the passphrase" };
  expect(engine.sentOf("add_keychain")).toEqual([{ request: "add_keychain", by }]);
  expect(engine.sentOf("remove_way")).toEqual([{ request: "remove_way", by, way: "keychain" }]);
});

test("tying the passphrase to this computer says what it costs, and can be undone (K16)", async () => {
  const engine = openApp((engine) => {
    engine.state = { ...engine.state, keychain: true };
  });
  await goTo("Settings");
  await pressWhenThere("Tie the passphrase to this computer");
  expect(await screen.findByText(/only the recovery code opens the profile/)).toBeTruthy();
  expect(screen.queryByText("Use the recovery code")).toBeNull();
  type(screen.getByLabelText("Passphrase"), "the passphrase");
  press("Tie it");
  expect(await screen.findByText(/Only with this computer's keychain/)).toBeTruthy();
  await pressWhenThere("Untie the passphrase");
  type(await screen.findByLabelText("Passphrase"), "the passphrase");
  press("Untie it");
  await waitFor(() => expect(screen.queryByText(/Only with this computer's keychain/)).toBeNull());
  expect(engine.sentOf("tie_passphrase").map(({ tied }) => tied)).toEqual([true, false]);
});

test("without a keychain none is offered (K3)", async () => {
  openApp();
  await goTo("Settings");
  await screen.findByRole("button", { name: "New recovery code" });
  expect(screen.queryByText(/keychain/)).toBeNull();
});
