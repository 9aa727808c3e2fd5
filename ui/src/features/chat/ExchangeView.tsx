import { FailureNote } from "../../components/FailureNote";
import { Markdown } from "../../components/Markdown";
import { AnswerView } from "./AnswerView";
import styles from "./Chat.module.css";
import { CitationChip } from "./CitationChip";
import { citationOf, type Draft } from "./draft";
import { Question } from "./TurnView";
import type { Exchange } from "./useAsking";

/** A question of this sitting with its answer: coming, there, or failed. */
export function ExchangeView({ exchange, onRetry }: { exchange: Exchange; onRetry: () => void }) {
  return (
    <>
      <Question text={exchange.question} at={exchange.at} />
      {exchange.draft && <DraftView draft={exchange.draft} />}
      {exchange.answer && <AnswerView answer={exchange.answer} evidence={exchange.evidence} />}
      {exchange.failure && <FailureNote failure={exchange.failure} onRetry={onRetry} />}
    </>
  );
}

function DraftView({ draft }: { draft: Draft }) {
  const items = draft.evidence?.items ?? [];
  const cite = (number: number) => {
    const item = items[number - 1];
    return item ? <CitationChip number={number} citation={citationOf(item)} item={item} /> : null;
  };
  return (
    <article className={styles.answer} aria-busy="true" aria-live="polite" aria-label="Answer">
      <Steps steps={draft.steps} isOver={draft.text !== ""} />
      {draft.text !== "" && <Markdown text={draft.text} cite={cite} />}
      <span className={styles.caret} aria-hidden="true" />
    </article>
  );
}

/** What was done so far, folded to the latest line. */
function Steps({ steps, isOver }: { steps: string[]; isOver: boolean }) {
  const latest = steps.at(-1) ?? "Thinking";
  return (
    <details className={styles.steps}>
      <summary>{isOver ? `${latest}: done` : `${latest}…`}</summary>
      <ol>
        {steps.map((step) => (
          <li key={step}>{step}</li>
        ))}
      </ol>
    </details>
  );
}
