import { Icon } from "../../components/Icon";
import { Marked } from "../../components/Marked";
import type { Answer, Citation, Evidence } from "../../lib/bindings";
import { counted, useClock } from "../../lib/clock";
import { appColor } from "../../lib/color";
import { useNavigation } from "../../lib/navigation";
import { snippet } from "../../lib/span";
import { foundText, KIND_WORDS } from "../../lib/words";
import styles from "./Chat.module.css";
import { placeOf } from "./CitationChip";
import { citationOf, itemOf } from "./draft";

/** Everything the model was given: first what it cites, then the rest. */
export function UsedList({ answer, evidence }: { answer: Answer; evidence: Evidence | null }) {
  const used = usedOf(answer, evidence);
  if (used.length === 0)
    return <span className={styles.usedNone}>Answered without anything from your memory</span>;
  return (
    <details className={styles.used}>
      <summary>What I used: {counted(used.length, "source")}</summary>
      <ol>
        {used.map((entry) => (
          <UsedRow key={keyOf(entry.citation)} {...entry} evidence={evidence} />
        ))}
      </ol>
    </details>
  );
}

interface Used {
  citation: Citation;
  /** As it stands in the answer, if it does. */
  number: number | null;
}

/** The citations of the answer, then what else was given to the model. */
export function usedOf(answer: Answer, evidence: Evidence | null): Used[] {
  const cited = answer.citations.map((citation, index) => ({ citation, number: index + 1 }));
  const known = new Set(cited.map(({ citation }) => keyOf(citation)));
  const others = (evidence?.items ?? []).map(citationOf).filter((citation) => !known.has(keyOf(citation)));
  return [...cited, ...others.map((citation) => ({ citation, number: null }))];
}

const keyOf = (citation: Citation) => citation.memory ?? citation.observation ?? citation.label;

function UsedRow({ citation, number, evidence }: Used & { evidence: Evidence | null }) {
  const { go } = useNavigation();
  const clock = useClock();
  const place = placeOf(citation);
  const item = itemOf(citation, evidence);
  const kind = item?.found.type === "memory" ? KIND_WORDS[item.found.memory.body.kind].name : citation.app;
  return (
    <li>
      <button type="button" className={styles.usedRow} disabled={!place} onClick={() => place && go(place)}>
        <span className={styles.usedNumber}>{number ?? "·"}</span>
        <span className={styles.usedText}>
          <strong>{citation.label}</strong>
          {item && (
            <span>
              <Marked pieces={snippet(foundText(item.found), item.hits)} />
            </span>
          )}
        </span>
        <span className={styles.usedWhere}>
          <span className={styles.swatch} style={{ background: appColor(citation.app) }} />
          {kind} · {clock.moment(citation.at)}
        </span>
        {place && <Icon name="right" size={14} />}
      </button>
    </li>
  );
}
