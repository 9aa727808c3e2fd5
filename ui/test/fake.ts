import type {
  AccessLine,
  AnswerPart,
  Backup,
  Change,
  ClientUse,
  Code,
  Drill,
  Failure,
  FrameView,
  Graph,
  Memory,
  Observation,
  Receipt,
  Request,
  Response,
  Settings,
  Status,
  Strength,
  Suggestion,
  Thread,
  Turn,
  Waiting,
  Way,
} from "../src/lib/bindings";
import type { Answered, EngineEvent, Key, Profile, Theme, Transport } from "../src/lib/transport";
import { evidence, NOW, newId, settings, status } from "./builders";

/** What the fake engine holds. Tests put in what they need. */
export interface Held {
  status: Status;
  settings: Settings;
  memories: Memory[];
  sources: Observation[];
  changes: Change[];
  threads: Thread[];
  turns: Turn[];
  frames: FrameView[];
  receipts: Receipt[];
  secret: string;
  graph: Graph;
  suggestions: Suggestion[];
  waiting: Waiting[];
  clients: ClientUse[];
  log: AccessLine[];
  ways: Way[];
  tied: boolean;
  backups: Backup[];
  lastDrill: Drill | null;
}

type Reply = (request: Request) => Response | undefined;

/** An engine in memory that speaks the protocol. It remembers what it was sent. */
export class FakeEngine implements Transport {
  readonly sent: Request[] = [];
  readonly keys: Key[] = [];
  held: Held = {
    status: status(),
    settings: settings(),
    memories: [],
    sources: [],
    changes: [],
    threads: [],
    turns: [],
    frames: [],
    receipts: [],
    secret: "correct horse",
    graph: { nodes: [], edges: [], memories: [] },
    suggestions: [],
    waiting: [],
    clients: [],
    log: [],
    ways: ["passphrase", "recovery"],
    tied: false,
    backups: [],
    lastDrill: null,
  };
  state: Profile = {
    home: "/home/ada/.local/share/afterimage",
    exists: true,
    unlocked: true,
    keychain: false,
    wait_s: 0,
    profiles: [],
  };
  /** Of a profile that is made. */
  recovery = "7K3M-Q9TD-0V2X-AAAA-BBBB-CCCC-DDDD-EEEE-1234";
  /** Requests that fail, by name. */
  failures: Partial<Record<Request["request"], Failure>> = {};
  /** What opening the profile fails with. */
  refusal: Failure | null = null;
  /** Answers that go before the usual ones. */
  replies: Reply[] = [];
  /** The parts and the end of the next answer. */
  parts: AnswerPart[] = [];
  answered: Answered | null = null;
  stopped = 0;
  private listeners = new Set<(event: EngineEvent) => void>();
  private finish: ((answered: Answered) => void) | null = null;
  private theme: Theme = "system";

  call = async (request: Request): Promise<Response> => {
    this.sent.push(request);
    const failure = this.failures[request.request];
    if (failure) throw failure;
    for (const reply of this.replies) {
      const response = reply(request);
      if (response) return response;
    }
    return this.usual(request);
  };

  ask: Transport["ask"] = (request, onPart) => {
    this.sent.push(request);
    for (const part of this.parts) onPart(part);
    const failure = this.failures.ask;
    const done = failure
      ? Promise.reject(failure)
      : new Promise<Answered>((resolve) => {
          this.finish = resolve;
          if (this.answered) resolve(this.answered);
        });
    return { done, stop: () => this.stopped++ };
  };

  /** Ends the answer that waits. */
  end(answered: Answered) {
    this.finish?.(answered);
  }

  listen = (listener: (event: EngineEvent) => void) => {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  };

  /** Tells all listeners. */
  tell(event: EngineEvent) {
    for (const listener of this.listeners) listener(event);
  }

  profile = async () => ({ ...this.state });
  createProfile = async (key: Key) => {
    await this.open(key);
    return this.recovery;
  };
  unlock = (key: Key) => this.open(key);
  chooseProfile = async (name: string) => {
    const profiles = this.state.profiles.map((one) => ({ ...one, current: one.name === name }));
    const home = profiles.find(({ current }) => current)?.home ?? this.state.home;
    this.state = { ...this.state, profiles, home };
  };
  /** A fake of the estimate: by length alone. */
  strength = async (passphrase: string): Promise<Strength> => {
    const is_enough = passphrase.length >= 16;
    return { score: is_enough ? 4 : 1, is_enough, advice: is_enough ? "" : "Add another word or two." };
  };
  pictureUrl = (id: string, size: string) => `/picture/${id}/${size}`;
  preferences = {
    theme: async () => this.theme,
    setTheme: async (theme: Theme) => {
      this.theme = theme;
    },
  };

  /** The requests of one name that were sent. */
  sentOf<N extends Request["request"]>(name: N): Extract<Request, { request: N }>[] {
    return this.sent.filter(
      (request): request is Extract<Request, { request: N }> => request.request === name,
    );
  }

  private async open(key: Key) {
    this.keys.push(key);
    if (this.refusal) throw this.refusal;
    this.state = { ...this.state, exists: true, unlocked: true };
  }

  private usual(request: Request): Response {
    const { held } = this;
    switch (request.request) {
      case "status":
      case "consent":
      case "pause":
      case "resume":
        return { response: "status", status: held.status };
      case "settings":
        return { response: "settings", settings: held.settings };
      case "set_settings":
        held.settings = request.settings;
        return { response: "settings", settings: held.settings };
      case "threads":
        return { response: "threads", threads: held.threads };
      case "turns":
        return { response: "turns", turns: held.turns };
      case "memories":
        return this.memories(request);
      case "memory":
      case "edit_memory":
      case "undo_memory":
        return this.memory(request.id);
      case "add_memory": {
        const memory = { ...heldMemory, ...request.memory, id: newId() };
        held.memories.unshift(memory);
        return { response: "memory", memory, sources: [], details: [] };
      }
      case "history":
        return { response: "history", changes: held.changes };
      case "graph":
        return { response: "graph", graph: held.graph };
      case "upkeep":
      case "run_upkeep":
        return { response: "upkeep", suggestions: held.suggestions, last: null };
      case "apply_upkeep":
      case "dismiss_upkeep": {
        const { id } = request;
        held.suggestions = held.suggestions.filter((one) => id !== null && one.id !== id);
        return { response: "upkeep", suggestions: held.suggestions, last: null };
      }
      case "quarantine":
        return { response: "quarantine", waiting: held.waiting, total: held.waiting.length };
      case "decide":
        held.waiting = held.waiting.filter(({ memory }) => !request.ids.includes(memory.id));
        return { response: "done" };
      case "clients":
        return { response: "clients", clients: held.clients };
      case "add_client": {
        const client = {
          id: newId(),
          name: request.name,
          grant: request.grant,
          made_at: NOW,
          expires_at: NOW + request.days * 86_400_000,
          last_used: null,
          revoked_at: null,
        };
        held.clients = [{ client, items_today: 0, items_left: 500 }, ...held.clients];
        return { response: "client_token", client, token: "afterimage_0123" };
      }
      case "revoke_client":
        held.clients = held.clients.filter(({ client }) => client.id !== request.id);
        return { response: "clients", clients: held.clients };
      case "access_log":
        return { response: "access_log", lines: held.log };
      case "reveal_secret":
        return { response: "secret", secret: held.secret };
      case "frame":
        return { response: "frame", frame: this.frame(request.id) };
      case "receipts":
        return { response: "receipts", receipts: held.receipts };
      case "search":
        return { response: "evidence", evidence: evidence() };
      case "apps":
        return { response: "apps", apps: [] };
      case "days":
        return { response: "days", days: [] };
      case "timeline":
        return { response: "timeline", frames: [], gaps: [], total: 0 };
      case "models":
        return { response: "models", models: [] };
      case "storage":
        return { response: "storage", storage: noBytes };
      case "tie_passphrase":
        held.tied = request.tied;
        return this.ways();
      case "add_keychain":
        held.ways = [...held.ways, "keychain"];
        return this.ways();
      case "remove_way":
        held.ways = held.ways.filter((way) => way !== request.way);
        return this.ways();
      case "ways":
      case "set_passphrase":
        return this.ways();
      case "renew_recovery":
        return { response: "recovery_code", code: this.recovery };
      case "backups":
      case "back_up":
      case "drill_backup":
        return { response: "backups", backups: held.backups, last_drill: held.lastDrill };
      case "write_archive":
        return {
          response: "archived",
          archived: { bytes: 5_400_000, memories: 12, pictures: 3, secrets: null },
        };
      case "open_vault":
      case "lock":
      case "delete_memory":
      case "rename_thread":
      case "delete_thread":
        return { response: "done" };
      default:
        throw failure("bad_request", `the fake engine does not know ${request.request}`);
    }
  }

  private ways(): Response {
    return { response: "ways", ways: this.held.ways, guess_kib: 131072, tied: this.held.tied };
  }

  private memories({ kind, text, offset, limit }: Extract<Request, { request: "memories" }>): Response {
    const wanted = this.held.memories
      .filter((memory) => kind === null || memory.body.kind === kind)
      .filter((memory) => text === null || memory.title.toLowerCase().includes(text.toLowerCase()));
    return { response: "memories", memories: wanted.slice(offset, offset + limit), total: wanted.length };
  }

  private memory(id: string): Response {
    const memory = this.held.memories.find((memory) => memory.id === id);
    if (!memory) throw failure("not_found", "There is no such memory.");
    return { response: "memory", memory, sources: this.held.sources, details: [] };
  }

  private frame(id: string): FrameView {
    const frame = this.held.frames.find((frame) => frame.id === id);
    if (!frame) throw failure("not_found", "There is no such frame.");
    return frame;
  }
}

export const failure = (code: Code, message: string): Failure => ({ code, message });

const noBytes = { pictures: 0, database: 0, vectors: 0, index: 0, spool: 0, models: 0, logs: 0, free: 0 };

const heldMemory = {
  state: "active",
  valid_to: null,
  superseded_by: null,
  version: 1,
  created_at: NOW,
  updated_at: NOW,
  pinned: false,
  access_count: 0,
} as const;
