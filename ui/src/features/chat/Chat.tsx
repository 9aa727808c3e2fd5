import { useEffect, useState } from "react";
import type { ThreadId } from "../../lib/bindings";
import { useNavigation } from "../../lib/navigation";
import styles from "./Chat.module.css";
import { Conversation } from "./Conversation";
import { Threads } from "./Threads";

/** A conversation that is on the screen: one that is kept, or a new one that has no id yet. */
export interface Open {
  /** Changes when the user opens another one, not when a new one gets its id. */
  key: number;
  thread: ThreadId | null;
  temporary: boolean;
}

let lastOpen: Open = { key: 0, thread: null, temporary: false };

/** The assistant. */
export function Chat() {
  const [open, setOpen] = useState<Open>(lastOpen);
  const { place } = useNavigation();
  // Coming back from a citation finds the conversation that was left.
  useEffect(() => {
    lastOpen = open;
  }, [open]);
  const start = (temporary = false) => setOpen({ key: open.key + 1, thread: null, temporary });
  const question = place.surface === "chat" ? place.question : undefined;
  useNewChatKey(start);
  return (
    <div className={styles.chat}>
      <Threads
        open={open}
        onOpen={(thread) => setOpen({ key: open.key + 1, thread, temporary: false })}
        onNew={() => start()}
      />
      <Conversation
        key={open.key}
        open={open}
        question={question}
        onStarted={(thread) => setOpen((open) => ({ ...open, thread }))}
        onTemporary={start}
      />
    </div>
  );
}

/** Forgets which conversation was open; a locked profile leaves nothing behind. */
export function forgetOpenChat() {
  lastOpen = { key: lastOpen.key + 1, thread: null, temporary: false };
}

function useNewChatKey(start: () => void) {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey) || event.key !== "n") return;
      event.preventDefault();
      start();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  });
}
