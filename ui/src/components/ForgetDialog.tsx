import type { Forget, ForgetCounts, Receipt } from "../lib/bindings";
import { counted } from "../lib/clock";
import { useAct, useEngine } from "../lib/engine";
import { useToast } from "../lib/toast";
import { Button } from "./Button";
import { Dialog } from "./Dialog";
import { Loading } from "./Empty";
import { FailureNote } from "./FailureNote";
import styles from "./ForgetDialog.module.css";

interface Props {
  /** E.g. `the last hour`. */
  name: string;
  what: Forget;
  onClose: () => void;
  onForgotten?: (receipt: Receipt) => void;
}

/** Says what would go, asks, and forgets it for good. */
export function ForgetDialog({ name, what, onClose, onForgotten }: Props) {
  const toast = useToast();
  const preview = useEngine({ request: "forget_preview", what });
  const forget = useAct<"forget">(({ receipt }) => {
    toast({ text: `Forgotten: ${countsWords(receipt.counts)}. The receipt is under Privacy.` });
    onForgotten?.(receipt);
    onClose();
  });
  const counts = preview.data?.counts;
  return (
    <Dialog
      title={`Forget ${name}?`}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Keep it</Button>
          <Button
            look="danger"
            icon="trash"
            disabled={!counts || isNothing(counts) || forget.isPending}
            onClick={() => forget.mutate({ request: "forget", what })}
          >
            {forget.isPending ? "Forgetting…" : "Forget for good"}
          </Button>
        </>
      }
    >
      {preview.isPending && <Loading what="Counting what would go" />}
      {preview.error && <FailureNote failure={preview.error} onRetry={preview.refetch} />}
      {counts && <Preview counts={counts} examples={preview.data?.examples ?? []} />}
      {forget.error && <FailureNote failure={forget.error} />}
    </Dialog>
  );
}

function Preview({ counts, examples }: { counts: ForgetCounts; examples: string[] }) {
  if (isNothing(counts)) return <p>There is nothing to forget here.</p>;
  return (
    <>
      <p>
        This will be gone from the database, the search index, the vectors and the pictures. It cannot be
        undone.
      </p>
      <CountsTable counts={counts} />
      {examples.length > 0 && (
        <details className={styles.examples}>
          <summary>Memories that would go</summary>
          <ul>
            {examples.map((title) => (
              <li key={title}>{title}</li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}

/** What goes or went, number by number. */
export function CountsTable({ counts }: { counts: ForgetCounts }) {
  const rows: [number, string][] = [
    [counts.frames, "pictures"],
    [counts.observations, "pieces of text"],
    [counts.memories, "memories, for good"],
    [counts.memories_anew, "memories, derived anew from what is left of their sources"],
    [counts.memories_kept, "memories of your own that stay and lose these sources"],
    [counts.turns, "chat turns"],
  ];
  return (
    <dl className={styles.counts}>
      {rows.map(([count, what]) => (
        <div key={what} data-none={count === 0}>
          <dt>{what}</dt>
          <dd>{count.toLocaleString()}</dd>
        </div>
      ))}
    </dl>
  );
}

export const isNothing = (counts: ForgetCounts) =>
  counts.frames +
    counts.observations +
    counts.memories +
    counts.memories_anew +
    counts.memories_kept +
    counts.turns ===
  0;

/** `3 pictures, 8 texts, 1 memory` */
export function countsWords(counts: ForgetCounts): string {
  const parts: [number, string, string][] = [
    [counts.frames, "picture", "pictures"],
    [counts.observations, "text", "texts"],
    [counts.memories, "memory", "memories"],
    [counts.turns, "chat turn", "chat turns"],
  ];
  const named = parts.filter(([count]) => count > 0).map(([count, one, many]) => counted(count, one, many));
  return named.length === 0 ? "nothing" : named.join(", ");
}
