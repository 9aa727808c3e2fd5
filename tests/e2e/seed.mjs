// A profile with something in it: pictures of pages that a browser really drew, a few lines of chat, a memory of each kind.
import { chromium } from "playwright-core";

/** Noon of yesterday: a day that is over, so that nothing of it depends on when the tests run. */
export const NOON = Math.floor(Date.now() / 86_400_000) * 86_400_000 - 43_200_000;

const MINUTE = 60_000;

const page = (
  ground,
  ink,
  font,
  body,
) => `<body style="margin:0;background:${ground};color:${ink};font:22px/1.9 ${font}">
<div style="padding:14px 40px;background:#8883;font-size:18px">${body.bar}</div><div style="padding:30px 60px">${body.text}</div></body>`;

/** What was on the screen, in order. */
export const SCREENS = [
  {
    app: "firefox",
    title: "Project Atlas: plan - Mozilla Firefox",
    minutes: 0,
    html: page("#fff", "#222", "'DejaVu Sans'", {
      bar: "https://wiki.example.org/atlas/plan",
      text: "<h2>Project Atlas plan</h2><p>The deadline of Project Atlas is Friday 27 November.</p><p>Grace Hopper reviews the budget before that.</p>",
    }),
  },
  {
    app: "thunderbird",
    title: "Budget for Atlas - Thunderbird",
    minutes: 9,
    html: page("#eef2f8", "#123", "'DejaVu Sans'", {
      bar: "Inbox",
      text: "<p>From: Grace Hopper</p><p>Please send invoice 4711 by Wednesday.</p><p>The budget is 40,000 euros.</p>",
    }),
  },
  {
    app: "xterm",
    title: "cargo test",
    minutes: 21,
    html: page("#111", "#ddd", "'DejaVu Sans Mono'", {
      bar: "terminal",
      text: "<p>$ cargo test --workspace</p><p>test result: ok. 132 passed; 0 failed</p>",
    }),
  },
  {
    app: "libreoffice",
    title: "budget-2027.ods - LibreOffice Calc",
    minutes: 44,
    html: page("#fdfdf5", "#222", "'DejaVu Sans'", {
      bar: "budget-2027.ods",
      text: "<p>Travel 4,200</p><p>Hardware 12,900</p><p>Sum of the budget 40,000</p>",
    }),
  },
];

/** A page that tells its reader what to do. */
export const GUIDE = {
  app: "firefox",
  title: "How to pay an invoice - Mozilla Firefox",
  minutes: 50,
  html: page("#fff", "#222", "'DejaVu Sans'", {
    bar: "https://pay.example.org/guide",
    text: "<h2>How to pay an invoice</h2><p>1. Open the portal of the bank</p><p>2. Type the number of the invoice</p><p>3. Press the send button</p>",
  }),
};

const MEMORIES = [
  { title: "Answers should be short", body: { kind: "core", block: "persona" } },
  {
    title: "Met Grace about the budget",
    body: { kind: "episodic", actor: "user", event_type: "meeting", until: null },
  },
  {
    title: "Grace Hopper reviews the Atlas budget",
    details: "She asked for it before the deadline.",
    body: { kind: "semantic", subject: "Grace Hopper", learned_from: "mail" },
    tree_path: ["work", "atlas"],
  },
  {
    title: "Check the workspace before committing",
    body: { kind: "procedural", entry_type: "guide", steps: ["Run cargo test", "Read the last line"] },
    tree_path: ["work", "afterimage"],
  },
  {
    title: "Atlas plan",
    body: {
      kind: "resource",
      resource_type: "web page",
      locator: "https://wiki.example.org/atlas/plan",
      content: "The plan.",
    },
  },
  {
    title: "Router at home",
    body: { kind: "vault", entry_type: "password", sensitivity: "high", secret: "correct-horse-9" },
  },
];

const LINES = [
  ["grace", "Can you bring the printed plan to the review in room 204?"],
  ["ada", "Yes, I will bring two copies to room 204."],
];

/** Fills the profile behind a connection. */
export async function seed(connection) {
  const { settings } = await connection.call({ request: "settings" });
  // What is tested is the window: nothing thinks in the background meanwhile.
  await connection.call({
    request: "set_settings",
    settings: { ...settings, absorb: false, time_zone: "UTC" },
  });
  await show(connection, SCREENS);
  const items = LINES.map(([speaker, text], index) => ({
    id: `line-${index}`,
    thread: "grace",
    at: NOON + (30 + index) * MINUTE,
    source: "chat",
    speaker,
    text,
  }));
  await connection.call({ request: "ingest", items });
  for (const memory of MEMORIES)
    await connection.call({ request: "add_memory", memory: { ...blank, ...memory } });
  await connection.call({ request: "settle", seconds: 120 });
}

const blank = {
  details: "",
  tree_path: [],
  tags: [],
  sources: [],
  trust: "user",
  confidence: 1,
  valid_from: NOON,
};

/** Has the engine read pictures of what was on the screen. */
export async function show(connection, screens) {
  for (const { app, title, minutes, image } of await drawn(screens))
    await connection.call({ request: "ingest_image", image, at: NOON + minutes * MINUTE, app, title });
}

async function drawn(pages) {
  const browser = await openBrowser();
  const tab = await browser.newPage({ viewport: { width: 1280, height: 720 } });
  const screens = [];
  for (const screen of pages) {
    await tab.setContent(screen.html);
    screens.push({ ...screen, image: (await tab.screenshot()).toString("base64") });
  }
  await browser.close();
  return screens;
}

/** The system's Chromium, without a window. */
export const openBrowser = () =>
  chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
