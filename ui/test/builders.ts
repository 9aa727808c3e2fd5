import type {
  Answer,
  Body,
  Citation,
  Evidence,
  FrameView,
  Memory,
  Observation,
  Settings,
  Span,
  Status,
  TimelineFrame,
  Word,
} from "../src/lib/bindings";

/** Friday, 20 November 2026, 14:00 UTC. */
export const NOW = Date.UTC(2026, 10, 20, 14, 0, 0);

let made = 0;

/** An id that was not used before. */
export const newId = () => `00000000-0000-7000-8000-${String(++made).padStart(12, "0")}`;

export const settings = (part: Partial<Settings> = {}): Settings => ({
  excluded_apps: ["keepass*", "1password*"],
  excluded_titles: ["*password manager*"],
  excluded_sites: [],
  hide_details: [],
  exclude_private_windows: true,
  interval_ms: 2000,
  idle_after_s: 300,
  keep_pictures_days: 14,
  absorb: true,
  model: "qwen2.5-coder-0.5b-instruct",
  device: "fastest",
  evidence_tokens: 700,
  time_zone: "UTC",
  lock_after_min: 15,
  backups: true,
  fade_after_days: 180,
  expire_after_days: 0,
  fading: [],
  ...part,
});

export const status = (part: Partial<Status> = {}): Status => ({
  capture: { state: "capturing" },
  consent: true,
  last_look: NOW,
  last_frame: NOW,
  frames_today: 12,
  memories: 3,
  waiting: 0,
  failed_jobs: 0,
  load: "normal",
  passed_over: 0,
  damage: [],
  last_drill: null,
  model: { state: "ready", id: "qwen2.5-coder-0.5b-instruct", device: "processor (AVX2), 2 threads" },
  details: { state: "ready", id: "rampart", device: "processor" },
  redacted_today: 0,
  home: "/home/ada/.local/share/afterimage",
  version: "0.1.0",
  pid: 4242,
  ...part,
});

export const memory = (body: Body, part: Partial<Memory> = {}): Memory => ({
  id: newId(),
  title: "Ada works on project Atlas",
  details: "",
  body,
  tree_path: [],
  tags: [],
  sources: [],
  trust: "chat",
  confidence: 0.9,
  valid_from: NOW - 3600_000,
  state: "active",
  valid_to: null,
  superseded_by: null,
  version: 1,
  created_at: NOW - 3600_000,
  updated_at: NOW - 3600_000,
  pinned: false,
  access_count: 0,
  ...part,
});

export const fact = (title: string, part: Partial<Memory> = {}) =>
  memory({ kind: "semantic", subject: "Atlas", learned_from: "firefox" }, { title, ...part });

/** Words laid out in lines over a window, 40 pixels high. */
export function wordsOf(text: string, x = 60, y = 120): Word[] {
  const encoder = new TextEncoder();
  const words: Word[] = [];
  let line = 0;
  let column = x;
  for (const match of text.matchAll(/\S+|\n/g)) {
    if (match[0] === "\n") {
      line++;
      column = x;
      continue;
    }
    const start = encoder.encode(text.slice(0, match.index)).length;
    const end = start + encoder.encode(match[0]).length;
    const width = match[0].length * 14;
    words.push({ span: { start, end }, bounds: { x: column, y: y + line * 40, width, height: 30 } });
    column += width + 14;
  }
  return words;
}

export function observation(text: string, part: Partial<Observation> = {}): Observation {
  const bounds = { x: 0, y: 0, width: 1920, height: 1080 };
  return {
    id: newId(),
    at: NOW - 600_000,
    origin: { from: "screen", frame: newId(), app: "firefox", title: "Atlas plan", url: null, bounds },
    text,
    words: wordsOf(text),
    fresh: [],
    trust: "screen",
    external_id: null,
    redactions: 0,
    ...part,
  };
}

/** The span of some words in a text. */
export function spanOf(text: string, words: string): Span {
  const encoder = new TextEncoder();
  const start = encoder.encode(text.slice(0, text.indexOf(words))).length;
  return { start, end: start + encoder.encode(words).length };
}

export const frameView = (of: Observation, part: Partial<FrameView> = {}): FrameView => {
  if (of.origin.from !== "screen") throw new Error("not seen on a screen");
  const { frame, app, title, url, bounds } = of.origin;
  return {
    id: frame,
    at: of.at,
    monitor: "HDMI-1",
    width: 1920,
    height: 1080,
    windows: [{ handle: 1, app, title, pid: 100, bounds, focused: true }],
    masks: [],
    texts: [{ observation: of.id, app, title, url, text: of.text, words: of.words, details: [] }],
    previous: null,
    next: null,
    ...part,
  };
};

export const timelineFrame = (at: number, app: string, part: Partial<TimelineFrame> = {}): TimelineFrame => ({
  id: newId(),
  at,
  app,
  title: `${app} window`,
  monitor: "HDMI-1",
  ...part,
});

export const evidence = (part: Partial<Evidence> = {}): Evidence => ({
  items: [],
  time: null,
  confidence: 0.8,
  ...part,
});

export const citation = (part: Partial<Citation> = {}): Citation => ({
  memory: null,
  observation: null,
  frame: null,
  boxes: [],
  span: null,
  label: "Atlas plan",
  app: "firefox",
  at: NOW - 600_000,
  ...part,
});

export const answer = (text: string, part: Partial<Answer> = {}): Answer => ({
  text,
  citations: [],
  confidence: 0.8,
  abstained: false,
  stopped: false,
  ...part,
});
