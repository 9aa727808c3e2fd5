import { useEffect, useState } from "react";
import { Button } from "../../components/Button";
import { FailureNote } from "../../components/FailureNote";
import { OpenVault } from "../../components/OpenVault";
import type { Body, Memory } from "../../lib/bindings";
import { useClock } from "../../lib/clock";
import { useAct } from "../../lib/engine";
import { BLOCK_WORDS, PROCEDURE_WORDS, SENSITIVITY_WORDS } from "../../lib/words";
import styles from "./Memories.module.css";

/** What only this kind has. */
export function BodyView({ memory }: { memory: Memory }) {
  const clock = useClock();
  const body: Body = memory.body;
  switch (body.kind) {
    case "core":
      return <Lines lines={[["Part", BLOCK_WORDS[body.block]]]} />;
    case "episodic":
      return (
        <Lines
          lines={[
            ["Who", body.actor === "user" ? "you" : body.actor],
            ["What", body.event_type],
            ["Ended", body.until === null ? "" : clock.moment(body.until)],
          ]}
        />
      );
    case "semantic":
      return (
        <Lines
          lines={[
            ["About", body.subject],
            ["Learned from", body.learned_from],
          ]}
        />
      );
    case "procedural":
      return (
        <>
          <Lines lines={[["Type", PROCEDURE_WORDS[body.entry_type]]]} />
          <ol className={styles.steps}>
            {body.steps.map((step, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a step is known by its place
              <li key={index}>{step}</li>
            ))}
          </ol>
        </>
      );
    case "resource":
      return (
        <>
          <Lines
            lines={[
              ["Type", body.resource_type],
              ["Where", body.locator ?? ""],
            ]}
          />
          {body.content !== "" && <pre className={styles.content}>{body.content}</pre>}
        </>
      );
    case "vault":
      return (
        <>
          <Lines
            lines={[
              ["Type", body.entry_type],
              ["Sensitivity", SENSITIVITY_WORDS[body.sensitivity]],
            ]}
          />
          <SecretView id={memory.id} />
        </>
      );
  }
}

function Lines({ lines }: { lines: [string, string][] }) {
  return (
    <dl className={styles.lines}>
      {lines
        .filter(([, value]) => value !== "")
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}

const SHOWN_MS = 20_000;

/** A secret: hidden until asked for, and hidden again soon. It is held nowhere else. */
function SecretView({ id }: { id: string }) {
  const [secret, setSecret] = useState<string | null>(null);
  const reveal = useAct<"reveal_secret">(({ secret }) => {
    setSecret(secret);
    // The mutation keeps its last result otherwise.
    reveal.reset();
  });
  useEffect(() => {
    if (secret === null) return;
    const timer = setTimeout(() => setSecret(null), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [secret]);
  return (
    <div className={styles.secret}>
      {secret === null ? <span className={styles.hidden}>hidden</span> : <code>{secret}</code>}
      {secret === null ? (
        <Button small icon="eye" onClick={() => reveal.mutate({ request: "reveal_secret", id })}>
          Reveal
        </Button>
      ) : (
        <Button small icon="hidden" onClick={() => setSecret(null)}>
          Hide
        </Button>
      )}
      {reveal.error?.code === "vault_closed" ? (
        <OpenVault
          onClose={() => reveal.reset()}
          onOpened={() => reveal.mutate({ request: "reveal_secret", id })}
        />
      ) : (
        reveal.error && <FailureNote failure={reveal.error} />
      )}
    </div>
  );
}
