import { Button } from "../../components/Button";
import { Card } from "../../components/Card";
import { FailureNote } from "../../components/FailureNote";
import { Sources } from "../../components/Sources";
import type { MemoryId, Waiting } from "../../lib/bindings";
import { useAct, useEngine } from "../../lib/engine";
import { useToast } from "../../lib/toast";
import { KIND_WORDS } from "../../lib/words";
import styles from "./Privacy.module.css";

/** Memories of one look; more come when these are decided on. */
const PAGE = 50;

/** What was seen and is not believed without a yes; nothing when nothing waits. */
export function Quarantine() {
  const { data, error, refetch } = useEngine({ request: "quarantine", offset: 0, limit: PAGE });
  if (error) return <FailureNote failure={error} onRetry={refetch} />;
  if (!data || data.total === 0) return null;
  return (
    <Card
      title={`Seen, not believed: ${data.total.toLocaleString()}`}
      about="Text on a screen or from elsewhere does not become what is known of you, or how you do things, unless you say so. What you do not decide on is let go after 30 days."
    >
      {bySpeaker(data.waiting).map(([from, waiting]) => (
        <Speaker key={from} from={from} waiting={waiting} />
      ))}
    </Card>
  );
}

/** Those of one site, app or person together, in the order in which they first come. */
export function bySpeaker(waiting: Waiting[]): [string, Waiting[]][] {
  const groups = new Map<string, Waiting[]>();
  for (const one of waiting) groups.set(one.from, [...(groups.get(one.from) ?? []), one]);
  return [...groups];
}

function Speaker({ from, waiting }: { from: string; waiting: Waiting[] }) {
  const { decide, error, isBusy } = useDeciding();
  const ids = waiting.map(({ memory }) => memory.id);
  return (
    <section className={styles.speaker} aria-label={`Said by ${from}`}>
      <header>
        <h3>Said by {from}</h3>
        {ids.length > 1 && (
          <Button small look="quiet" icon="close" disabled={isBusy} onClick={() => decide(ids, false)}>
            Reject all {ids.length}
          </Button>
        )}
      </header>
      {error && <FailureNote failure={error} />}
      <ul>
        {waiting.map((one) => (
          <WaitingView key={one.memory.id} {...one} />
        ))}
      </ul>
    </section>
  );
}

function WaitingView({ memory, sources }: Waiting) {
  const { decide, error, isBusy } = useDeciding();
  return (
    <li className={styles.waiting} aria-label={memory.title}>
      <h4>{memory.title}</h4>
      <small>{KIND_WORDS[memory.body.kind].name}</small>
      <Sources memory={memory} observations={sources} />
      {error && <FailureNote failure={error} />}
      <div className={styles.answers}>
        <Button small icon="check" disabled={isBusy} onClick={() => decide([memory.id], true)}>
          Keep
        </Button>
        <Button small look="quiet" icon="close" disabled={isBusy} onClick={() => decide([memory.id], false)}>
          Reject
        </Button>
      </div>
    </li>
  );
}

/** Says yes or no; either can be taken back. */
function useDeciding() {
  const toast = useToast();
  const undo = useAct<"undo_memory">();
  const { mutate, error, isPending } = useAct<"decide">();
  const takeBack = (ids: MemoryId[]) => {
    for (const id of ids) undo.mutate({ request: "undo_memory", id });
  };
  const decide = (ids: MemoryId[], keep: boolean) =>
    mutate(
      { request: "decide", ids, keep },
      {
        onSuccess: () =>
          toast({
            text: keep ? "Kept. It is yours now." : "Rejected. You will not be asked again.",
            action: { label: "Undo", run: () => takeBack(ids) },
          }),
      },
    );
  return { decide, error, isBusy: isPending };
}
