import { useEffect, useRef } from "react";
import type { Move } from "./DayView";

/** What a key does on the timeline; `play` starts and stops. */
export function moveOf(event: Pick<KeyboardEvent, "key" | "altKey">): Move | "play" | null {
  const by = event.altKey ? "app" : "frame";
  switch (event.key) {
    case "ArrowLeft":
      return { by, step: -1 };
    case "ArrowRight":
      return { by, step: 1 };
    case "Home":
      return { by: "end", step: -1 };
    case "End":
      return { by: "end", step: 1 };
    case " ":
      return "play";
    default:
      return null;
  }
}

/** The keys of the timeline, wherever the focus is but in a field, a button or a dialog. */
export function useTapeKeys(onMove: (move: Move) => void, onPlay: () => void) {
  const latest = useRef({ onMove, onPlay });
  useEffect(() => {
    latest.current = { onMove, onPlay };
  });
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const move = moveOf(event);
      if (!move || event.ctrlKey || event.metaKey || isBusyWithKeys(event.target, move)) return;
      event.preventDefault();
      if (move === "play") latest.current.onPlay();
      else latest.current.onMove(move);
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);
}

function isBusyWithKeys(target: EventTarget | null, move: Move | "play"): boolean {
  if (!(target instanceof Element)) return false;
  if (target.closest("input, textarea, select, dialog")) return true;
  // Space presses the button that has the focus; the way between the surfaces has done its work by then.
  return move === "play" && target.closest("main button, summary") !== null;
}
