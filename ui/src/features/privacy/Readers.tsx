import { useState } from "react";
import { Button } from "../../components/Button";
import { Card } from "../../components/Card";
import { FailureNote } from "../../components/FailureNote";
import type { AccessLine, ClientUse } from "../../lib/bindings";
import { ago, counted, useClock } from "../../lib/clock";
import { useAct, useEngine } from "../../lib/engine";
import { useToast } from "../../lib/toast";
import { AddReader } from "./AddReader";
import { byReader, grantWords, isOpen } from "./grants";
import styles from "./Privacy.module.css";

/** Days of the log that are shown. */
const DAYS = 7;

/** Which programs may read, what each has read, and that nothing goes out. */
export function Readers() {
  const [isAdding, setAdding] = useState(false);
  const loaded = useEngine({ request: "clients" }, { refetchInterval: 30_000 });
  const open = (loaded.data?.clients ?? []).filter(({ client }) => isOpen(client, Date.now()));
  return (
    <Card
      title="Who may read"
      about="This window and the command line may read everything. Any other program is turned away, unless you give it a token; then it reads what you allow, at most 500 things an hour, and never the vault."
    >
      {loaded.error && <FailureNote failure={loaded.error} onRetry={loaded.refetch} />}
      {loaded.isSuccess && open.length === 0 && <p className={styles.quiet}>No other program may read.</p>}
      {open.length > 0 && (
        <ul className={styles.readers}>
          {open.map((reader) => (
            <Reader key={reader.client.id} {...reader} />
          ))}
        </ul>
      )}
      <div className={styles.buttons}>
        <Button icon="plus" onClick={() => setAdding(true)}>
          Let a program read…
        </Button>
      </div>
      <p className={styles.network}>
        <strong>Network: none.</strong> Nothing in Afterimage can open a connection to anywhere: no part of it
        that could is built in, it listens on no port, and this window may load nothing but itself. What a
        program that you let in does with what it reads is its own affair.
      </p>
      <Log />
      {isAdding && <AddReader onClose={() => setAdding(false)} />}
    </Card>
  );
}

function Reader({ client, items_today, items_left }: ClientUse) {
  const clock = useClock();
  const toast = useToast();
  const revoke = useAct<"revoke_client">(() => toast({ text: `${client.name} may no longer read.` }));
  const used = client.last_used === null ? "Never used" : `Last used ${ago(client.last_used)}`;
  return (
    <li aria-label={client.name}>
      <header>
        <h3>{client.name}</h3>
        <Button
          small
          look="quietDanger"
          icon="close"
          disabled={revoke.isPending}
          onClick={() => revoke.mutate({ request: "revoke_client", id: client.id })}
        >
          Revoke
        </Button>
      </header>
      {grantWords(client.grant).map((words) => (
        <p key={words}>{words}</p>
      ))}
      {revoke.error && <FailureNote failure={revoke.error} />}
      <small>
        {used}. {counted(items_today, "thing")} read today
        {items_left === 0 ? "; it has read as much as it may for now" : ""}. Until{" "}
        {clock.date(client.expires_at)}.
      </small>
    </li>
  );
}

/** Who asked for what: names of requests and numbers. Loaded when it is opened. */
function Log() {
  const [isOpen, setOpen] = useState(false);
  const loaded = useEngine(isOpen ? { request: "access_log", days: DAYS } : null);
  return (
    <details className={styles.log} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>What was asked for in the last {DAYS} days</summary>
      {loaded.error && <FailureNote failure={loaded.error} onRetry={loaded.refetch} />}
      {byReader(loaded.data?.lines ?? []).map(([reader, lines]) => (
        <section key={reader} aria-label={`Asked for by ${reader}`}>
          <h3>{reader}</h3>
          <ul>
            {lines.map((line) => (
              <LogLine key={`${line.day} ${line.request}`} {...line} />
            ))}
          </ul>
        </section>
      ))}
    </details>
  );
}

function LogLine({ request, asked, refused, items, last }: AccessLine) {
  const clock = useClock();
  return (
    <li>
      <span>{clock.moment(last)}</span>
      <strong>{request.replaceAll("_", " ")}</strong>
      <span>
        {counted(asked, "time")}
        {refused > 0 && `, ${refused} refused`}
        {items > 0 && `, ${counted(items, "thing")}`}
      </span>
    </li>
  );
}
