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
  /** What another surface put into the box. */
  draft?: string;
}

/** The assistant. It stays where it is while another surface is shown, so that an answer goes on. */
export function Chat({ isShown }: { isShown: boolean }) {
  const [open, setOpen] = useState<Open>({ key: 0, thread: null, temporary: false });
  const { place, go } = useNavigation();
  const start = (temporary = false) => setOpen(({ key }) => ({ key: key + 1, thread: null, temporary }));
  const question = place.surface === "chat" ? place.question : undefined;
  useEffect(() => {
    if (question) setOpen(({ key }) => ({ key: key + 1, thread: null, temporary: false, draft: question }));
  }, [question]);
  useNewChatKey(() => {
    go({ surface: "chat" });
    start();
  });
  return (
    <div className={styles.chat} hidden={!isShown}>
      <Threads
        open={open}
        onOpen={(thread) => setOpen({ key: open.key + 1, thread, temporary: false })}
        onNew={() => start()}
      />
      <Conversation
        key={open.key}
        open={open}
        isShown={isShown}
        onStarted={(thread) => setOpen((open) => ({ ...open, thread }))}
        onTemporary={start}
      />
    </div>
  );
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
