// The interface in Chromium on a real engine, from the first run to forgetting. The tests go through one profile in order.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { startBridge } from "./bridge.mjs";
import { Connection, isRunning, newHome } from "./engine.mjs";
import { GUIDE, openBrowser, SCREENS, seed, show } from "./seed.mjs";
import { until } from "./webdriver.mjs";

const PASSPHRASE = "four plain words here";
const ARTIFACTS = join(import.meta.dirname, "../../test-artifacts");
// A slow machine answers slowly; what is waited for is named in the failure.
const PATIENCE = 60_000;
const PATIENCE_WITH_THE_MODEL = 240_000;

const { home, remove } = newHome();
let bridge;
let browser;
let page;
const complaints = [];

before(async () => {
  mkdirSync(ARTIFACTS, { recursive: true });
  bridge = await startBridge(home);
  browser = await openBrowser();
  page = await browser.newPage({
    viewport: { width: 1280, height: 800 },
    timezoneId: "UTC",
    locale: "en-GB",
    reducedMotion: "reduce",
  });
  page.setDefaultTimeout(PATIENCE);
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error" && /Content Security Policy|Uncaught/.test(message.text()))
      complaints.push(message.text());
  });
  await page.goto(bridge.url);
});

after(async () => {
  await browser?.close();
  await endEngine();
  bridge?.close();
  remove();
});

async function endEngine() {
  try {
    const connection = await Connection.open(home);
    await connection.call({ request: "lock" });
  } catch {
    // It has ended already.
  }
}

const button = (name, options = {}) => page.getByRole("button", { name, exact: true, ...options });
const press = (name) => button(name).first().click();
// The chat stays on the page, hidden, while another surface is shown.
const shown = (text) => page.getByText(text).filter({ visible: true }).first();
const sees = (text) => shown(text).waitFor();

/** Controls that a screen reader could not name. */
const unnamed = () =>
  page.evaluate(() => {
    const nameOf = (element) =>
      element.getAttribute("aria-label") ||
      element.labels?.[0]?.textContent ||
      element.getAttribute("alt") ||
      element.textContent.trim() ||
      (element.getAttribute("aria-labelledby") && "labelled");
    const controls = document.querySelectorAll(
      "button, input, select, textarea, [role=slider], [role=tab], dialog, canvas",
    );
    return [...controls]
      .filter((element) => element.checkVisibility() && !nameOf(element))
      .map((element) => element.outerHTML.slice(0, 120));
  });

/** A picture of the surface in light and in dark, kept for people to look at. */
async function picture(name) {
  assert.deepEqual(await unnamed(), [], `controls without a name: ${name}`);
  for (const colorScheme of ["dark", "light"]) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: join(ARTIFACTS, `${name}-${colorScheme}.png`) });
  }
}

/** Types again the group of the recovery code that is asked for. */
async function writeDown() {
  const groups = await page.getByLabel("Recovery code").locator("span").allTextContents();
  assert.equal(groups.length, 9);
  const asked = page.getByLabel(/^Type group/);
  const question = await page.getByText(/^Type group/).textContent();
  await asked.fill(groups[Number(question.match(/\d+/)[0]) - 1]);
  await press("I have written it down");
}

async function unlock(passphrase) {
  await page.getByLabel("Passphrase").fill(passphrase);
  await press("Unlock");
}

test("a first run explains, makes an encrypted profile, and watches nothing before a yes", async () => {
  await sees("What is watched");
  await picture("welcome");
  await press("Continue");
  await page.getByLabel("Passphrase").fill(PASSPHRASE);
  await page.getByLabel("Once more").fill(PASSPHRASE);
  await press("Create my profile");
  await sees("Write down your recovery code");
  await picture("recovery");
  await writeDown();
  await sees("May Afterimage watch your screen?");
  await picture("consent");
  const connection = await Connection.open(home);
  const { status } = await connection.call({ request: "status" });
  assert.equal(status.consent, false);
  assert.equal(status.capture.state, "no_consent");
  connection.close();
  await press("Not now");
  await sees("What do you want to remember?");
});

test("what is put in appears on the timeline without a reload", async () => {
  const connection = await Connection.open(home);
  await seed(connection);
  connection.close();
  await press("Timeline");
  await page.getByRole("region", { name: "Frame", exact: true }).waitFor();
  await page.getByRole("slider", { name: "Time" }).waitFor();
  await sees("libreoffice");
  await picture("timeline");
});

test("the arrow keys go from frame to frame and from app to app", async () => {
  const slider = page.getByRole("slider", { name: "Time" });
  for (const [key, app] of [
    ["Home", "firefox"],
    ["ArrowRight", "thunderbird"],
    ["ArrowLeft", "firefox"],
    ["Alt+ArrowRight", "thunderbird"],
    ["Alt+ArrowRight", "xterm"],
    ["End", "libreoffice"],
  ]) {
    await page.keyboard.press(key);
    await page.waitForFunction(
      (app) => document.querySelector("[role=slider]").ariaValueText.includes(app),
      app,
    );
    await page.getByRole("region", { name: "Frame", exact: true }).getByText(app, { exact: true }).waitFor();
  }
  assert.equal(await slider.getAttribute("aria-valuenow"), String(SCREENS.length - 1));
});

test("the text of an old frame can be selected where it stands and copied", async () => {
  await page.keyboard.press("Home");
  const word = page
    .locator("[data-start]")
    .filter({ hasText: /^deadline$/ })
    .first();
  await word.waitFor();
  const copied = await word.evaluate((element) => {
    const words = [...element.parentElement.children];
    const next = words[words.indexOf(element) + 2];
    document.getSelection().setBaseAndExtent(element.firstChild, 0, next.firstChild, next.textContent.length);
    const event = new ClipboardEvent("copy", {
      bubbles: true,
      cancelable: true,
      clipboardData: new DataTransfer(),
    });
    element.dispatchEvent(event);
    return event.clipboardData.getData("text/plain");
  });
  assert.match(copied, /^deadline of Project$/);
});

test("a search draws its hits on the pictures, and opens the frame with them boxed", async () => {
  await page.getByRole("searchbox", { name: "Search everything seen" }).fill("invoice 4711");
  const result = page.locator("section[aria-label=Results] li button").filter({ hasText: "4711" }).first();
  await result.getByTestId("hit-box").first().waitFor();
  await picture("search");
  await result.click();
  const stage = page.getByRole("region", { name: "Frame", exact: true });
  await stage.getByTestId("hit-box").first().waitFor();
  const box = await stage.getByTestId("hit-box").first().boundingBox();
  const image = await stage.locator("img").boundingBox();
  assert.ok(box.x >= image.x && box.x + box.width <= image.x + image.width, "the box stands on the picture");
  await sees("thunderbird");
  await picture("frame");
});

test("a question is answered from memory, and its source opens", async () => {
  await press("Chat");
  await page.getByLabel("Ask your memory").fill("When is the deadline of Project Atlas?");
  await page.keyboard.press("Enter");
  await page.getByText(/^What I used: /).waitFor({ timeout: PATIENCE_WITH_THE_MODEL });
  await page.getByRole("article", { name: "Answer" }).getByText(/27/).first().waitFor();
  await page.getByText(/^What I used: /).click();
  await picture("chat");
  const source = page.getByRole("button", { name: /^Source 1: / }).first();
  await source.hover();
  await page.getByRole("tooltip").waitFor();
  await picture("citation");
  await source.click();
  await page
    .getByRole("region", { name: "Frame", exact: true })
    .or(page.getByRole("region", { name: "Memory", exact: true }))
    .first()
    .waitFor();
  await press("Back to where you were");
  await page.getByLabel("Ask your memory").waitFor();
});

test("a conversation is kept, renamed and deleted", async () => {
  const list = page.getByRole("complementary", { name: "Conversations" });
  await list
    .getByRole("button", { name: /^Rename / })
    .first()
    .click();
  await page.getByLabel("New name").fill("About Atlas");
  await page.keyboard.press("Enter");
  await list.getByText("About Atlas").waitFor();
  await list.getByRole("button", { name: "Delete About Atlas" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete", exact: true }).click();
  await sees("Your conversations will be kept here.");
});

test("an answer can be stopped, and of a temporary chat nothing is kept", async () => {
  await press("Temporary chat: keep nothing");
  await sees("Temporary: nothing of this chat is kept");
  await page.getByLabel("Ask your memory").fill("Which room is the review in?");
  await page.keyboard.press("Enter");
  const answer = page.getByRole("article", { name: "Answer" });
  await answer.locator("p").first().waitFor({ timeout: PATIENCE_WITH_THE_MODEL });
  const stop = button("Stop the answer");
  // A short answer can be whole before it is stopped.
  await stop.click({ timeout: 1000 }).catch(() => {});
  await stop.waitFor({ state: "detached" });
  await page.getByText(/^(What I used: |Answered without)/).waitFor();
  const connection = await Connection.open(home);
  const { threads } = await connection.call({ request: "threads" });
  connection.close();
  assert.deepEqual(threads, []);
  await press("Leave the temporary chat");
});

test("each kind of memory is there; an edit keeps its history; a deletion can be undone", async () => {
  await press("Memories");
  for (const [kind, count] of [
    ["All", 6],
    ["Facts", 1],
    ["How-to", 1],
    ["Vault", 1],
  ])
    await page.getByRole("tab", { name: new RegExp(`^${kind}\\s*${count}$`) }).waitFor();
  await shown("Grace Hopper reviews the Atlas budget").click();
  await picture("memories");
  await press("Edit");
  await page.getByLabel("Title").fill("Grace Hopper approves the Atlas budget");
  await press("Save");
  await page.getByRole("heading", { name: "Grace Hopper approves the Atlas budget" }).waitFor();
  await press("History");
  await page.getByRole("dialog").locator("del").filter({ hasText: "reviews" }).waitFor();
  await page.getByRole("dialog").locator("ins").filter({ hasText: "approves" }).waitFor();
  await picture("history");
  await page.keyboard.press("Escape");
  await addFacts();
  await press("Delete");
  await sees("Memory deleted.");
  await press("Undo");
  await page.getByRole("tab", { name: /^Facts\s*4$/ }).waitFor();
});

/** Facts of one person, of which two cannot both hold. */
async function addFacts() {
  const connection = await Connection.open(home);
  for (const [title, valid_from] of [
    ["Grace Hopper lives in Rome", 1_700_000_000_000],
    ["Grace Hopper lives in Oslo", 1_750_000_000_000],
    ["Grace Hopper works at Atlas Labs", 1_750_000_000_000],
  ])
    await connection.call({
      request: "add_memory",
      memory: {
        title,
        details: "",
        body: { kind: "semantic", subject: "Grace Hopper", learned_from: "" },
        tree_path: [],
        tags: title.includes("lives") ? ["home"] : [],
        sources: [],
        trust: "user",
        confidence: 1,
        valid_from,
      },
    });
}

test("people are shown with what joins them, and what could be tidied up before it is done", async () => {
  await press("People and projects");
  await sees("Atlas Labs");
  await picture("people");
  await press("People and projects");
  await page.getByRole("button", { name: /^Tidy up/ }).click();
  await sees("Grace Hopper lives in Rome");
  await picture("tidy-up");
  await press("Dismiss");
});

test("a secret is shown only when asked for", async () => {
  await page.getByRole("tab", { name: /^Vault/ }).click();
  await shown("Router at home").click();
  await button("Reveal").waitFor();
  assert.ok(!(await page.content()).includes("correct-horse-9"));
  await press("Reveal");
  // A minute after the passphrase was given, the vault asks for it again.
  const vault = page.getByRole("dialog");
  await shown("correct-horse-9").or(vault).first().waitFor();
  if (await vault.isVisible()) {
    await picture("vault");
    await page.getByLabel("Passphrase").fill(PASSPHRASE);
    await press("Open for a minute");
  }
  await sees("correct-horse-9");
  await press("Hide");
  assert.ok(!(await page.content()).includes("correct-horse-9"));
});

test("a pause is honest about when it ends, and resumes", async () => {
  await press("Privacy");
  const state = page.getByRole("region", { name: "State of capture" });
  await state.getByRole("heading", { name: "Off" }).waitFor();
  await press("Start watching my screen");
  await button("15 min").waitFor();
  await press("15 min");
  await state.getByRole("heading", { name: /^Paused until \d\d:\d\d$/ }).waitFor();
  await state.getByRole("timer").waitFor();
  await picture("privacy");
  await press("Take back my consent");
  await state.getByRole("heading", { name: "Off" }).waitFor();
});

test("an app is left out at once, and forgetting it shows what goes and leaves a receipt", async () => {
  await page.getByLabel("App to leave out").fill("signal");
  await page.keyboard.press("Enter");
  await button("Remove signal").waitFor();
  await page.getByLabel("All that comes from one app").selectOption("thunderbird");
  await press("Forget this app");
  const dialog = page.getByRole("dialog");
  await dialog.getByText("pieces of text").waitFor();
  await picture("forget");
  await dialog.getByRole("button", { name: "Forget for good" }).click();
  await page.getByText(/^Forgotten: /).waitFor();
  const connection = await Connection.open(home);
  const { receipts } = await connection.call({ request: "receipts" });
  assert.deepEqual([receipts[0].counts.frames, receipts[0].counts.observations], [1, 1]);
  const request = {
    request: "search",
    text: "invoice 4711",
    filter: { scope: "observations", kinds: [], apps: [] },
    limit: 20,
    at: null,
  };
  const { evidence } = await connection.call(request);
  assert.ok(!JSON.stringify(evidence).includes("4711"), "nothing of it can be found");
  connection.close();
});

test("a program is let in with a token, its reads are shown, and it can be shut out", async () => {
  const card = page.getByRole("region", { name: "Who may read" });
  await card.getByText("No other program may read.").waitFor();
  await card.getByText("Network: none.").waitFor();
  await press("Let a program read…");
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Which program").fill("Editor");
  await dialog.getByLabel("Nothing of these apps").fill("signal");
  await picture("let-in");
  await press("Make a token");
  const token = await page.getByLabel("Token", { exact: true }).textContent();
  assert.match(token, /^afterimage_[0-9a-f]{64}$/);
  await press("I have put it there");
  const agent = await Connection.open(home, token);
  const filter = { scope: "everything", kinds: [], apps: [] };
  const { evidence } = await agent.call({ request: "search", text: "Atlas", filter, limit: 3, at: null });
  assert.ok(evidence.items.length > 0 && evidence.items.every(({ found }) => found.type === "memory"));
  await assert.rejects(agent.call({ request: "settings" }), { code: "out_of_scope" });
  agent.close();
  await page.reload();
  // The consent was taken back, so it is asked for again at each start.
  await press("Not now");
  await press("Privacy");
  const editor = page.getByRole("listitem", { name: "Editor" });
  await editor.getByText(`${evidence.items.length} things read today`).waitFor();
  await card.getByText(/^What was asked for/).click();
  await card.getByRole("region", { name: "Asked for by Editor" }).getByText("search").waitFor();
  await card.scrollIntoViewIfNeeded();
  await picture("who-may-read");
  await editor.getByRole("button", { name: "Revoke" }).click();
  await card.getByText("No other program may read.").waitFor();
  await assert.rejects(Connection.open(home, token), { code: "not_admitted" });
});

test("what a page tells one to do waits for a yes, with its picture", async () => {
  const connection = await Connection.open(home);
  const { settings } = await connection.call({ request: "settings" });
  const think = (absorb) => connection.call({ request: "set_settings", settings: { ...settings, absorb } });
  await think(true);
  await show(connection, [GUIDE]);
  await connection.call({ request: "settle", seconds: 300 });
  await think(false);
  connection.close();
  await press("Memories");
  await press("Privacy");
  await page.getByRole("heading", { name: /^Seen, not believed: \d+$/ }).waitFor();
  const guide = page.getByRole("listitem", { name: "How to pay an invoice" });
  await guide.getByText("Type the number of the invoice").waitFor();
  await guide.scrollIntoViewIfNeeded();
  await picture("quarantine");
  await guide.getByRole("button", { name: "Keep" }).click();
  await page.getByText("Kept. It is yours now.").waitFor();
  await guide.waitFor({ state: "detached" });
});

test("settings take effect at once and dark is kept", async () => {
  await press("Settings");
  await page.getByLabel("Keep pictures for").fill("30");
  await page.keyboard.press("Enter");
  const connection = await Connection.open(home);
  await page.waitForFunction(() => document.querySelector("input[inputmode]") !== null);
  const kept = async () => (await connection.call({ request: "settings" })).settings.keep_pictures_days;
  await until("the days are kept", async () => (await kept()) === 30);
  connection.close();
  await picture("settings");
  await page.getByRole("heading", { name: "Keys and locking" }).scrollIntoViewIfNeeded();
  await picture("keys");
  await page.getByLabel("Dark").check();
  await page.waitForFunction(() => document.documentElement.dataset.theme === "dark");
});

test("locking leaves nothing on the page; a wrong passphrase is refused, the right one opens", async () => {
  await press("Lock");
  await sees("Afterimage is locked");
  assert.equal(await page.getByRole("status").count(), 0, "nothing is left to undo");
  const content = await page.content();
  for (const word of ["Atlas", "Grace", "signal", "libreoffice"]) assert.ok(!content.includes(word), word);
  await until("the engine has ended", async () => !(await isRunning(home)));
  await unlock("not the passphrase");
  await page
    .getByRole("alert")
    .getByText(/passphrase/i)
    .waitFor();
  await picture("lock");
  await unlock(PASSPHRASE);
  await page
    .getByText("May Afterimage watch your screen?")
    .or(page.getByText("What do you want to remember?"))
    .first()
    .waitFor();
});

test("nothing broke the content policy or threw on the way", () => {
  assert.deepEqual(complaints, []);
});
