import { Button } from "../../components/Button";
import { Card } from "../../components/Card";
import { FailureNote } from "../../components/FailureNote";
import type { Memory, SuggestedChange, Suggestion, UpkeepRun } from "../../lib/bindings";
import { useClock } from "../../lib/clock";
import { useAct, useEngine } from "../../lib/engine";
import { useToast } from "../../lib/toast";
import { Diff } from "./Diff";
import styles from "./Memories.module.css";
import { memoryText } from "./memoryText";

/** What there is to tidy up in memory; nothing when there is nothing. */
export function TidyUp() {
  const clock = useClock();
  const { data, error, refetch } = useEngine({ request: "upkeep" });
  const all = useAct<"apply_upkeep">();
  if (error) return <FailureNote failure={error} onRetry={refetch} />;
  if (!data || data.suggestions.length === 0) return null;
  const count = data.suggestions.length;
  return (
    <div className={styles.tidyUp}>
      <Card
        title={titleOf(count)}
        about={data.last ? `Last tidied up ${doneWords(data.last, clock.moment)}` : undefined}
      >
        {all.error && <FailureNote failure={all.error} />}
        <ul className={styles.suggestions}>
          {data.suggestions.map((suggestion) => (
            <SuggestionView key={suggestion.id} suggestion={suggestion} />
          ))}
        </ul>
        {count > 1 && (
          <Button
            icon="check"
            disabled={all.isPending}
            onClick={() => all.mutate({ request: "apply_upkeep", id: null })}
          >
            Apply all {count}
          </Button>
        )}
      </Card>
    </div>
  );
}

export const titleOf = (count: number) =>
  `Tidy up: ${count.toLocaleString()} ${count === 1 ? "suggestion" : "suggestions"}`;

function doneWords(run: UpkeepRun, moment: (at: number) => string): string {
  const count = run.applied.reduce((sum, each) => sum + each.count, 0);
  return `${moment(run.at)}: ${count === 0 ? "nothing was to be done" : `${count} done`}.`;
}

function SuggestionView({ suggestion }: { suggestion: Suggestion }) {
  const clock = useClock();
  const { apply, dismiss } = useAnswering(suggestion);
  const error = apply.error ?? dismiss.error;
  const isBusy = apply.isPending || dismiss.isPending;
  return (
    <li className={styles.suggestion} aria-label={suggestion.words}>
      <h3>{suggestion.words}</h3>
      <small>{waitWords(suggestion, clock.moment)}</small>
      {suggestion.changes.map((change) => (
        <Diff key={change.before?.id ?? change.after.title} {...textsOf(change)} />
      ))}
      {error && <FailureNote failure={error} />}
      <div className={styles.answers}>
        <Button small icon="check" disabled={isBusy} onClick={apply.run}>
          Apply
        </Button>
        <Button small look="quiet" icon="close" disabled={isBusy} onClick={dismiss.run}>
          Dismiss
        </Button>
      </div>
    </li>
  );
}

/** Applies or dismisses; what was applied to memories that were there can be taken back. */
function useAnswering({ id, changes }: Suggestion) {
  const toast = useToast();
  const undo = useAct<"undo_memory">();
  const apply = useAct<"apply_upkeep">();
  const dismiss = useAct<"dismiss_upkeep">();
  const known = changes.flatMap(({ before }) => (before ? [before.id] : []));
  const takeBack = () => {
    for (const id of known) undo.mutate({ request: "undo_memory", id });
  };
  const onSuccess = () => {
    const action = known.length === changes.length ? { label: "Undo", run: takeBack } : undefined;
    toast({ text: "Tidied up.", action });
  };
  return {
    apply: { ...apply, run: () => apply.mutate({ request: "apply_upkeep", id }, { onSuccess }) },
    dismiss: { ...dismiss, run: () => dismiss.mutate({ request: "dismiss_upkeep", id }) },
  };
}

function waitWords({ waits }: Suggestion, moment: (at: number) => string): string {
  switch (waits.for) {
    case "idle":
      return "Done by itself when nothing else is to be done.";
    case "moment":
      return `Done by itself, not before ${moment(waits.at)}.`;
    case "yes":
      return "Waits for your yes.";
  }
}

/** A memory's text before and after; one that is out of view has none. */
function textsOf({ before, after }: SuggestedChange): { before: string; after: string } {
  const text = (memory: Memory | null) => (memory?.state === "active" ? withSources(memory) : "");
  return { before: text(before), after: text(after) };
}

const withSources = (memory: Memory) =>
  memory.sources.length === 0
    ? memoryText(memory)
    : `${memoryText(memory)}\nRests on ${memory.sources.length} ${memory.sources.length === 1 ? "source" : "sources"}`;
