import { Button } from "../../components/Button";
import { Dialog } from "../../components/Dialog";
import { Loading } from "../../components/Empty";
import { FailureNote } from "../../components/FailureNote";
import type { Author, Change, MemoryId } from "../../lib/bindings";
import { useClock } from "../../lib/clock";
import { useAct, useEngine } from "../../lib/engine";
import { Diff } from "./Diff";
import styles from "./Memories.module.css";
import { memoryText } from "./memoryText";

/** Every version of a memory, newest first, with what changed word by word. */
export function History({ id, onClose }: { id: MemoryId; onClose: () => void }) {
  const history = useEngine({ request: "history", id });
  const undo = useAct<"undo_memory">();
  const changes = history.data?.changes ?? [];
  return (
    <Dialog
      wide
      title="History"
      onClose={onClose}
      actions={
        <Button
          icon="undo"
          disabled={changes.length < 2 || undo.isPending}
          onClick={() => undo.mutate({ request: "undo_memory", id })}
        >
          Undo the last change
        </Button>
      }
    >
      {history.isPending && <Loading what="Loading versions" />}
      {(history.error ?? undo.error) && (
        <FailureNote
          failure={(history.error ?? undo.error) as NonNullable<typeof undo.error>}
          onRetry={history.refetch}
        />
      )}
      <ol className={styles.history}>
        {changes.map((change) => (
          <ChangeView key={`${change.after.version} ${change.at}`} change={change} />
        ))}
      </ol>
    </Dialog>
  );
}

const AUTHOR_WORDS: Record<Author["by"], string> = {
  user: "you",
  mind: "Afterimage",
  upkeep: "Afterimage",
  client: "another program",
};

function ChangeView({ change }: { change: Change }) {
  const clock = useClock();
  return (
    <li>
      <h3>
        {whatWasDone(change)} by {AUTHOR_WORDS[change.author.by]}, {clock.moment(change.at)}
      </h3>
      <Diff before={change.before ? memoryText(change.before) : ""} after={memoryText(change.after)} />
    </li>
  );
}

/** What a change was, in a word. */
function whatWasDone({ before, after }: Change): string {
  if (!before) return "Made";
  if (before.state !== "deleted" && after.state === "deleted") return "Deleted";
  if (before.state === "deleted" && after.state !== "deleted") return "Brought back";
  if (after.state === "superseded" && before.state !== "superseded") return "Replaced by a newer one";
  if (before.pinned !== after.pinned) return after.pinned ? "Pinned" : "Unpinned";
  return "Changed";
}
