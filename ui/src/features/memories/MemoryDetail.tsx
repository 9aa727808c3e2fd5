import { useState } from "react";
import { Button, IconButton } from "../../components/Button";
import { DetailLabels } from "../../components/DetailLabels";
import { Loading } from "../../components/Empty";
import { FailureNote } from "../../components/FailureNote";
import { Sources } from "../../components/Sources";
import type { Memory, MemoryId } from "../../lib/bindings";
import { useClock } from "../../lib/clock";
import { useAct, useEngine } from "../../lib/engine";
import { useToast } from "../../lib/toast";
import { KIND_WORDS, TRUST_WORDS } from "../../lib/words";
import { BodyView } from "./BodyView";
import { History } from "./History";
import styles from "./Memories.module.css";
import { MemoryForm } from "./MemoryForm";

interface Props {
  id: MemoryId;
  onGone: () => void;
  onOpen: (id: MemoryId) => void;
}

/** One memory: what it says, why it is believed, and what can be done with it. */
export function MemoryDetail({ id, onGone, onOpen }: Props) {
  const loaded = useEngine({ request: "memory", id });
  const [dialog, setDialog] = useState<"edit" | "history" | null>(null);
  if (loaded.error) return <FailureNote failure={loaded.error} onRetry={loaded.refetch} />;
  if (!loaded.data) return <Loading what="Loading the memory" />;
  const { memory, sources, details } = loaded.data;
  return (
    <article className={styles.detail}>
      <Actions
        memory={memory}
        onEdit={() => setDialog("edit")}
        onHistory={() => setDialog("history")}
        onGone={onGone}
      />
      <h1>{memory.title}</h1>
      <DetailLabels details={details} />
      <StateNote memory={memory} onOpen={onOpen} />
      {memory.details !== "" && <p className={styles.details}>{memory.details}</p>}
      <BodyView memory={memory} />
      <Facts memory={memory} />
      <Sources memory={memory} observations={sources} />
      {dialog === "edit" && (
        <MemoryForm
          memory={memory}
          kind={memory.body.kind}
          onClose={() => setDialog(null)}
          onSaved={() => setDialog(null)}
        />
      )}
      {dialog === "history" && <History id={id} onClose={() => setDialog(null)} />}
    </article>
  );
}

interface ActionProps {
  memory: Memory;
  onEdit: () => void;
  onHistory: () => void;
  onGone: () => void;
}

function Actions({ memory, onEdit, onHistory, onGone }: ActionProps) {
  const edit = useAct<"edit_memory">();
  const remove = useDeleting(onGone);
  const pin = () =>
    edit.mutate({
      request: "edit_memory",
      id: memory.id,
      patch: { pinned: !memory.pinned, more_sources: [] },
    });
  return (
    <>
      <div className={styles.actions}>
        <span className={styles.kind}>{KIND_WORDS[memory.body.kind].name}</span>
        <IconButton
          icon="pin"
          label={memory.pinned ? "Unpin" : "Pin"}
          aria-pressed={memory.pinned}
          onClick={pin}
        />
        <Button small look="quiet" icon="history" onClick={onHistory}>
          History
        </Button>
        <Button small look="quiet" icon="edit" onClick={onEdit}>
          Edit
        </Button>
        <Button
          small
          look="quietDanger"
          icon="trash"
          disabled={memory.state === "deleted"}
          onClick={() => remove.run(memory)}
        >
          Delete
        </Button>
      </div>
      {(edit.error ?? remove.error) && (
        <FailureNote failure={(edit.error ?? remove.error) as NonNullable<typeof edit.error>} />
      )}
    </>
  );
}

/** Deletes, and offers to bring it back. */
function useDeleting(onGone: () => void) {
  const toast = useToast();
  const undo = useAct<"undo_memory">();
  const remove = useAct<"delete_memory">();
  const run = (memory: Memory) =>
    remove.mutate(
      { request: "delete_memory", id: memory.id },
      {
        onSuccess: () => {
          onGone();
          toast({
            text: "Memory deleted.",
            action: { label: "Undo", run: () => undo.mutate({ request: "undo_memory", id: memory.id }) },
          });
        },
      },
    );
  return { run, error: remove.error };
}

function StateNote({ memory, onOpen }: { memory: Memory; onOpen: (id: MemoryId) => void }) {
  const clock = useClock();
  const undo = useAct<"undo_memory">();
  if (memory.state === "active") return null;
  const newer = memory.superseded_by;
  return (
    <div className={styles.stateNote}>
      {memory.state === "deleted" ? (
        <>
          <span>This memory is deleted.</span>
          <Button small icon="undo" onClick={() => undo.mutate({ request: "undo_memory", id: memory.id })}>
            Bring it back
          </Button>
        </>
      ) : (
        <>
          <span>
            No longer holds{memory.valid_to === null ? "" : ` since ${clock.moment(memory.valid_to)}`}.
          </span>
          {newer && (
            <Button small onClick={() => onOpen(newer)}>
              What holds now
            </Button>
          )}
        </>
      )}
    </div>
  );
}

/** How far it can be relied on. */
function Facts({ memory }: { memory: Memory }) {
  const clock = useClock();
  const since = memory.body.kind === "episodic" ? "Happened" : "Holds since";
  const rows: [string, string][] = [
    [since, clock.moment(memory.valid_from)],
    ...(memory.valid_to === null ? [] : ([["Until", clock.moment(memory.valid_to)]] as [string, string][])),
    ["Comes from", TRUST_WORDS[memory.trust]],
    ["Sure to", `${Math.round(memory.confidence * 100)} %`],
    ["Filed under", memory.tree_path.join(" / ") || "nothing yet"],
    ["Tags", memory.tags.join(", ") || "none"],
    ["Used in answers", `${memory.access_count} ×`],
    ["Version", `${memory.version}, changed ${clock.moment(memory.updated_at)}`],
  ];
  return (
    <dl className={styles.facts}>
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
