import { type FormEvent, useState } from "react";
import { Button, IconButton } from "../../components/Button";
import { Dialog } from "../../components/Dialog";
import { FailureNote } from "../../components/FailureNote";
import { inputClass } from "../../components/Field";
import type { Thread, ThreadId } from "../../lib/bindings";
import { useClock } from "../../lib/clock";
import { useAct, useEngine } from "../../lib/engine";
import type { Open } from "./Chat";
import styles from "./Chat.module.css";

interface Props {
  open: Open;
  onOpen: (thread: ThreadId) => void;
  onNew: () => void;
}

/** The conversations, newest first, under the days they were last touched. */
export function Threads({ open, onOpen, onNew }: Props) {
  const threads = useEngine({ request: "threads" });
  const clock = useClock();
  const [deleting, setDeleting] = useState<Thread | null>(null);
  const list = threads.data?.threads ?? [];
  return (
    <aside className={styles.threads} aria-label="Conversations">
      <Button icon="plus" className={styles.new} onClick={onNew} title="Ctrl+N">
        New chat
      </Button>
      {threads.error && <FailureNote failure={threads.error} onRetry={threads.refetch} />}
      <ul className={styles.threadList}>
        {list.map((thread, index) => (
          <li key={thread.id}>
            {dayChanged(list, index, clock.date) && <h3>{clock.dayName(thread.updated_at)}</h3>}
            <ThreadRow
              thread={thread}
              isOpen={thread.id === open.thread}
              onOpen={() => onOpen(thread.id)}
              onDelete={() => setDeleting(thread)}
            />
          </li>
        ))}
      </ul>
      {threads.isSuccess && list.length === 0 && (
        <p className={styles.noThreads}>Your conversations will be kept here.</p>
      )}
      {deleting && (
        <DeleteThread
          thread={deleting}
          onClose={() => setDeleting(null)}
          onDeleted={() => deleting.id === open.thread && onNew()}
        />
      )}
    </aside>
  );
}

const dayChanged = (threads: Thread[], index: number, date: (at: number) => string) =>
  index === 0 || date(threads[index].updated_at) !== date(threads[index - 1].updated_at);

interface RowProps {
  thread: Thread;
  isOpen: boolean;
  onOpen: () => void;
  onDelete: () => void;
}

function ThreadRow({ thread, isOpen, onOpen, onDelete }: RowProps) {
  const [renaming, setRenaming] = useState(false);
  if (renaming) return <RenameThread thread={thread} onDone={() => setRenaming(false)} />;
  return (
    <div className={styles.thread} data-open={isOpen}>
      <button type="button" aria-current={isOpen ? "true" : undefined} onClick={onOpen} title={thread.title}>
        {thread.title || "Untitled"}
      </button>
      <span className={styles.threadActions}>
        <IconButton
          icon="edit"
          label={`Rename ${thread.title}`}
          size={14}
          onClick={() => setRenaming(true)}
        />
        <IconButton icon="trash" label={`Delete ${thread.title}`} size={14} onClick={onDelete} />
      </span>
    </div>
  );
}

function RenameThread({ thread, onDone }: { thread: Thread; onDone: () => void }) {
  const [title, setTitle] = useState(thread.title);
  const rename = useAct<"rename_thread">(onDone);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const named = title.trim();
    if (named === "" || named === thread.title) onDone();
    else rename.mutate({ request: "rename_thread", thread: thread.id, title: named });
  };
  return (
    <form onSubmit={submit}>
      <input
        className={inputClass}
        aria-label="New name"
        // biome-ignore lint/a11y/noAutofocus: the user has just asked to type here
        autoFocus
        value={title}
        maxLength={200}
        onChange={(event) => setTitle(event.target.value)}
        onBlur={onDone}
        onKeyDown={(event) => event.key === "Escape" && onDone()}
      />
    </form>
  );
}

function DeleteThread({
  thread,
  onClose,
  onDeleted,
}: {
  thread: Thread;
  onClose: () => void;
  onDeleted: () => void;
}) {
  const remove = useAct<"delete_thread">(() => {
    onDeleted();
    onClose();
  });
  return (
    <Dialog
      title="Delete this conversation?"
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Keep it</Button>
          <Button
            look="danger"
            icon="trash"
            disabled={remove.isPending}
            onClick={() => remove.mutate({ request: "delete_thread", thread: thread.id })}
          >
            Delete
          </Button>
        </>
      }
    >
      <p>
        “{thread.title}” and its turns will be gone for good. Memories made from it stay; you can delete those
        under Memories.
      </p>
      {remove.error && <FailureNote failure={remove.error} />}
    </Dialog>
  );
}
