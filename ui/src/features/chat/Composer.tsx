import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { IconButton } from "../../components/Button";
import styles from "./Chat.module.css";

/** The engine takes no longer question. */
const LONGEST = 16_000;

interface Props {
  isShown: boolean;
  busy: boolean;
  /** Earlier questions, oldest first; ↑ brings them back. */
  asked: string[];
  first?: string;
  onAsk: (question: string) => void;
  onStop: () => void;
}

/** Where the user writes. Enter sends, Shift+Enter begins a line, ↑ in an empty box recalls. */
export function Composer({ isShown, busy, asked, first, onAsk, onStop }: Props) {
  const [text, setText] = useState(first ?? "");
  const [recalled, setRecalled] = useState(0);
  const box = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    if (isShown) box.current?.focus();
  }, [isShown]);

  const send = () => {
    const question = text.trim();
    if (question === "" || busy) return;
    onAsk(question);
    setText("");
    setRecalled(0);
  };
  const recall = (step: number) => {
    const next = Math.min(asked.length, Math.max(0, recalled + step));
    setRecalled(next);
    setText(next === 0 ? "" : (asked[asked.length - next] ?? ""));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    const mayRecall = text === "" || recalled > 0;
    if (event.key === "Enter" && !event.shiftKey) act(event, send);
    else if (event.key === "ArrowUp" && mayRecall) act(event, () => recall(1));
    else if (event.key === "ArrowDown" && recalled > 0) act(event, () => recall(-1));
    else if (event.key === "Escape" && busy) act(event, onStop);
  };

  return (
    <div className={styles.composer}>
      <div className={styles.composerBox}>
        <textarea
          ref={box}
          aria-label="Ask your memory"
          placeholder="Ask your memory…"
          rows={Math.min(8, text.split("\n").length)}
          value={text}
          maxLength={LONGEST}
          spellCheck={false}
          onChange={(event) => {
            setText(event.target.value);
            setRecalled(0);
          }}
          onKeyDown={onKeyDown}
        />
        {busy ? (
          <IconButton icon="stop" label="Stop the answer" className={styles.sendButton} onClick={onStop} />
        ) : (
          <IconButton
            icon="send"
            label="Send"
            className={styles.sendButton}
            disabled={text.trim() === ""}
            onClick={send}
          />
        )}
      </div>
      <p className={styles.keys}>Enter sends · Shift+Enter for a new line · ↑ for your last question</p>
    </div>
  );
}

function act(event: KeyboardEvent, run: () => void) {
  event.preventDefault();
  run();
}
