import type { CaptureState, Status } from "./bindings";
import { type Clock, duration } from "./clock";

export type Tone = "good" | "quiet" | "warn" | "bad";

/** The state of capture in a word, a sentence and a colour. */
export interface Described {
  word: string;
  sentence: string;
  tone: Tone;
}

const NOTHING_KEPT = "Nothing is being recorded.";

/** Says honestly what capture does. */
export function describe(status: Status, clock: Clock, now: number): Described {
  const state = status.capture;
  switch (state.state) {
    case "capturing":
      return { word: "Capturing", tone: "good", sentence: lastLook(status, now) };
    case "no_consent":
      return { word: "Off", tone: "quiet", sentence: `${NOTHING_KEPT} You have not agreed to be watched.` };
    case "paused":
      return { word: pausedWord(state, clock), tone: "warn", sentence: `${NOTHING_KEPT} You paused it.` };
    case "filtered":
      return { word: "Filtered", tone: "warn", sentence: `Everything in view is excluded: ${state.reason}.` };
    case "idle":
      return {
        word: "Idle",
        tone: "quiet",
        sentence: "Nobody is at the machine, so nothing is being looked at.",
      };
    case "blocked":
      return { word: "Blocked", tone: "bad", sentence: state.message };
    case "stalled":
      return {
        word: "Stalled",
        tone: "bad",
        sentence: `No look at the screen has succeeded for ${duration(now - state.since)}. ${NOTHING_KEPT}`,
      };
  }
}

function pausedWord(state: Extract<CaptureState, { state: "paused" }>, clock: Clock): string {
  return state.until === null ? "Paused" : `Paused until ${clock.time(state.until)}`;
}

function lastLook(status: Status, now: number): string {
  if (status.last_look === null) return "Waiting for the first look at the screen.";
  return `Last look ${duration(now - status.last_look)} ago. ${status.frames_today.toLocaleString()} frames kept today.`;
}
