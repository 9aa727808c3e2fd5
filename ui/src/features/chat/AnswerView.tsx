import { useState } from "react";
import { IconButton } from "../../components/Button";
import { Icon } from "../../components/Icon";
import { Markdown } from "../../components/Markdown";
import type { Answer, Evidence } from "../../lib/bindings";
import { plainText } from "../../lib/markdown";
import styles from "./Chat.module.css";
import { CitationChip } from "./CitationChip";
import { itemOf } from "./draft";
import { UsedList } from "./UsedList";

/** A finished answer with its citations and what it was made from. */
export function AnswerView({ answer, evidence }: { answer: Answer; evidence: Evidence | null }) {
  const cite = (number: number) => {
    const citation = answer.citations[number - 1];
    return citation ? (
      <CitationChip number={number} citation={citation} item={itemOf(citation, evidence)} />
    ) : null;
  };
  return (
    <article className={styles.answer} aria-label="Answer">
      {answer.abstained && (
        <p className={styles.abstained}>
          <Icon name="info" size={15} /> Nothing in your memory answers this.
        </p>
      )}
      <Markdown text={answer.text} cite={cite} />
      {answer.stopped && <p className={styles.stopped}>You stopped this answer.</p>}
      <div className={styles.answerFoot}>
        <UsedList answer={answer} evidence={evidence} />
        <CopyAnswer text={answer.text} />
      </div>
    </article>
  );
}

function CopyAnswer({ text }: { text: string }) {
  const [copied, setCopied] = useState(false);
  const copy = () => navigator.clipboard.writeText(plainText(text)).then(() => setCopied(true));
  return (
    <IconButton
      icon={copied ? "check" : "copy"}
      label={copied ? "Copied" : "Copy the answer"}
      size={14}
      onClick={copy}
    />
  );
}
