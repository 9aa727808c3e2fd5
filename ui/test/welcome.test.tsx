import { act, fireEvent, screen, waitFor } from "@testing-library/react";
import { expect, test } from "vitest";
import { fact, status } from "./builders";
import { failure } from "./fake";
import { openApp, press, type } from "./render";

test("a first run explains, makes the profile, and asks before watching", async () => {
  const engine = openApp((engine) => {
    engine.state = { ...engine.state, exists: false, unlocked: false };
    engine.held.status = status({ consent: false, capture: { state: "no_consent" } });
  });
  expect(await screen.findByText("What is watched")).toBeTruthy();
  press("Continue");
  type(screen.getByLabelText("Passphrase"), "four plain words here");
  type(screen.getByLabelText("Once more"), "four plain words here");
  press("Create my profile");
  const again = await screen.findByLabelText(/^Type group/);
  expect(screen.getByText("7K3M")).toBeTruthy();
  expect(screen.queryByText("May Afterimage watch your screen?")).toBeNull();
  type(again, "ZZZZ");
  expect(screen.getByText("That is not the group.")).toBeTruthy();
  const group = Number(screen.getByText(/^Type group/).textContent?.match(/\d+/)?.[0]);
  type(again, engine.recovery.split("-")[group - 1].toLowerCase());
  press("I have written it down");
  expect(document.body.textContent).not.toContain("7K3M");
  expect(await screen.findByText("May Afterimage watch your screen?")).toBeTruthy();
  expect(engine.keys).toEqual([{ by: "passphrase", passphrase: "four plain words here" }]);
  expect(engine.sentOf("consent")).toEqual([]);
  press("Yes, start watching");
  await waitFor(() => expect(engine.sentOf("consent")).toEqual([{ request: "consent", granted: true }]));
});

test("two different passphrases make no profile", async () => {
  const engine = openApp((engine) => {
    engine.state = { ...engine.state, exists: false, unlocked: false };
  });
  await screen.findByText("What is watched");
  press("Continue");
  type(screen.getByLabelText("Passphrase"), "four plain words here");
  type(screen.getByLabelText("Once more"), "four plain words");
  expect(screen.getByText("The two are not the same.")).toBeTruthy();
  expect(screen.getByRole("button", { name: "Create my profile" }).hasAttribute("disabled")).toBe(true);
  expect(engine.keys).toEqual([]);
});

test("a wrong passphrase says so and leaves the field empty", async () => {
  const engine = openApp((engine) => {
    engine.state = { ...engine.state, unlocked: false };
    engine.refusal = failure("wrong_passphrase", "The passphrase is wrong. Try again.");
  });
  const field = (await screen.findByLabelText("Passphrase")) as HTMLInputElement;
  type(field, "guess");
  press("Unlock");
  expect(await screen.findByText("The passphrase is wrong. Try again.")).toBeTruthy();
  const emptied = screen.getByLabelText("Passphrase") as HTMLInputElement;
  expect(emptied.value).toBe("");
  engine.refusal = null;
  type(emptied, "right");
  press("Unlock");
  expect(await screen.findByText("What do you want to remember?")).toBeTruthy();
});

test("the recovery code opens where the passphrase is lost (K2)", async () => {
  const engine = openApp((engine) => {
    engine.state = { ...engine.state, unlocked: false };
  });
  await screen.findByLabelText("Passphrase");
  press("Use the recovery code");
  type(screen.getByLabelText("Recovery code"), "7k3m q9td");
  press("Unlock");
  expect(await screen.findByText("What do you want to remember?")).toBeTruthy();
  expect(engine.keys).toEqual([{ by: "recovery", code: "7k3m q9td" }]);
});

test("after too many wrong attempts the seconds are counted down (K6)", async () => {
  openApp((engine) => {
    engine.state = { ...engine.state, unlocked: false, wait_s: 2 };
  });
  type(await screen.findByLabelText("Passphrase"), "guess");
  expect(screen.getByRole("timer").textContent).toContain("in 2 seconds");
  expect(screen.getByRole("button", { name: "Unlock" }).hasAttribute("disabled")).toBe(true);
  await waitFor(() => expect(screen.getByRole("timer").textContent).toContain("in 1 second."));
});

test("locking leaves nothing of the profile on the screen", async () => {
  const engine = openApp((engine) => {
    engine.held.memories = [fact("Ada owes Grace 40 euros")];
    engine.held.threads = [{ id: "t", title: "About Grace", created_at: 0, updated_at: 0 }];
  });
  await screen.findByText("About Grace");
  engine.state = { ...engine.state, unlocked: false };
  act(() => engine.tell({ event: "locking" }));
  expect(await screen.findByText("Afterimage is locked")).toBeTruthy();
  expect(document.body.textContent).not.toContain("Grace");
});

test("while a new passphrase is typed it is said how hard it is to guess (K14)", async () => {
  openApp((engine) => {
    engine.state = { ...engine.state, exists: false, unlocked: false };
  });
  await screen.findByText("What is watched");
  press("Continue");
  type(screen.getByLabelText("Passphrase"), "password");
  expect(await screen.findByText("Too easy to guess. Add another word or two.")).toBeTruthy();
  type(screen.getByLabelText("Passphrase"), "four plain words here");
  expect(await screen.findByText("Strong.")).toBeTruthy();
  expect(screen.getByLabelText("Strength").getAttribute("value")).toBe("4");
});

test("where there are several profiles the lock screen lets one be chosen (K19)", async () => {
  const engine = openApp((engine) => {
    const { home } = engine.state;
    const profiles = [
      { name: "default", home, current: true },
      { name: "work", home: `${home}/profiles/work`, current: false },
    ];
    engine.state = { ...engine.state, unlocked: false, profiles };
  });
  const choice = (await screen.findByLabelText("Profile")) as HTMLSelectElement;
  expect(choice.value).toBe("default");
  type(screen.getByLabelText("Passphrase"), "meant for the first one");
  fireEvent.change(choice, { target: { value: "work" } });
  await waitFor(() => expect((screen.getByLabelText("Profile") as HTMLSelectElement).value).toBe("work"));
  expect(engine.state.home).toMatch(/work$/);
  // What was typed for the one is not tried on the other.
  expect((screen.getByLabelText("Passphrase") as HTMLInputElement).value).toBe("");
});

test("with one profile there is nothing to choose (K19)", async () => {
  openApp((engine) => {
    engine.state = { ...engine.state, unlocked: false };
  });
  await screen.findByLabelText("Passphrase");
  expect(screen.queryByLabelText("Profile")).toBeNull();
});
