import type { Turn } from "../../lib/bindings";
import { useClock } from "../../lib/clock";
import { AnswerView } from "./AnswerView";
import styles from "./Chat.module.css";

/** One stored turn. */
export function TurnView({ turn }: { turn: Turn }) {
  return turn.role === "user" ? (
    <Question text={turn.text} at={turn.at} />
  ) : (
    <AnswerView answer={turn.answer} evidence={null} />
  );
}

/** The user's words. */
export function Question({ text, at }: { text: string; at: number }) {
  const clock = useClock();
  return (
    <div className={styles.question} title={clock.moment(at)}>
      {text}
    </div>
  );
}
