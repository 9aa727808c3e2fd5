import type { AnswerPart, Event, Failure, ImageSize, Opening, Request, Response, Strength } from "./bindings";

/** How the interface reaches the engine. The desktop shell is one; a test bridge can be another. */
export interface Transport {
  /** Sends one request. Rejects with a {@link Failure}. */
  call(request: Request): Promise<Response>;
  /** Sends a question whose answer arrives in parts. */
  ask(request: AskRequest, onPart: (part: AnswerPart) => void): Asking;
  /** Hears the engine from now on; call the result to stop. */
  listen(listener: (event: EngineEvent) => void): () => void;
  /** Whether there is a profile, and whether it is open. */
  profile(): Promise<Profile>;
  /** Makes a profile and opens it. Gives its recovery code, which is kept nowhere. */
  createProfile(key: Key): Promise<string | null>;
  /** Starts the engine on the profile. */
  unlock(key: Key): Promise<void>;
  /** Means another profile from now on. Only while this one is locked. */
  chooseProfile(name: string): Promise<void>;
  /** How hard a new passphrase is to guess. */
  strength(passphrase: string): Promise<Strength>;
  /** Where the picture of a frame is to be loaded from. */
  pictureUrl(id: string, size: ImageSize): string;
  /** What the window remembers about itself; never content. */
  preferences: PreferenceStore;
}

export type AskRequest = Extract<Request, { request: "ask" }>;
export type Answered = Extract<Response, { response: "answered" }>;

/** A question on its way. */
export interface Asking {
  done: Promise<Answered>;
  stop(): void;
}

/** Events of the engine, its end, and its return after it died. */
export type EngineEvent = Event | { event: "gone" } | { event: "restarted" };

/** What opens the profile. */
export type Key = Opening;

/** How things stand before the engine runs. */
export interface Profile {
  home: string;
  exists: boolean;
  unlocked: boolean;
  /** Whether the system keychain answers here. */
  keychain: boolean;
  /** Seconds until the next passphrase or code may be tried, after too many wrong ones. */
  wait_s: number;
  /** All profiles of this user. */
  profiles: Named[];
}

/** A profile of this user. */
export interface Named {
  name: string;
  home: string;
  /** Whether it is the one that is meant. */
  current: boolean;
}

export type Theme = "system" | "light" | "dark";

export interface PreferenceStore {
  theme(): Promise<Theme>;
  setTheme(theme: Theme): Promise<void>;
}

/** Whether something thrown is a {@link Failure} of the engine. */
export function isFailure(thrown: unknown): thrown is Failure {
  return typeof thrown === "object" && thrown !== null && "code" in thrown && "message" in thrown;
}

/** Whatever was thrown, as a failure that can be shown. */
export function toFailure(thrown: unknown): Failure {
  if (isFailure(thrown)) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return { code: "internal", message };
}
