import { Button } from "../../components/Button";
import { Loading } from "../../components/Empty";
import { FailureNote } from "../../components/FailureNote";
import type { Status } from "../../lib/bindings";
import { countdown, counted, useClock } from "../../lib/clock";
import { useAct, useEngine } from "../../lib/engine";
import { useNow } from "../../lib/now";
import { describe } from "../../lib/status";
import styles from "./Privacy.module.css";
import { secondsUntilTomorrow } from "./pause";

/** The state of capture, large and honest, and the ways to stop it. */
export function StateCard() {
  const loaded = useEngine({ request: "status" });
  if (loaded.error) return <FailureNote failure={loaded.error} onRetry={loaded.refetch} />;
  if (!loaded.data) return <Loading what="Asking the engine" />;
  return <State status={loaded.data.status} />;
}

function State({ status }: { status: Status }) {
  const now = useNow();
  const clock = useClock();
  const state = describe(status, clock, now);
  return (
    <section className={styles.state} data-tone={state.tone} aria-label="State of capture">
      <div className={styles.stateHead}>
        <span className={styles.dot} aria-hidden="true" />
        <div role="status">
          <h1>{state.word}</h1>
          <p>{state.sentence}</p>
        </div>
        <Remaining status={status} now={now} />
      </div>
      <PauseRow status={status} />
      <div className={styles.stateFoot}>
        <Figures status={status} />
        <Endings status={status} />
      </div>
    </section>
  );
}

function Figures({ status }: { status: Status }) {
  return (
    <p>
      {counted(status.memories, "memory", "memories")} · {counted(status.redacted_today, "secret")} replaced
      today
      {status.waiting > 0 && ` · ${counted(status.waiting, "text")} waiting to be thought about`} · kept in{" "}
      <code>{status.home}</code>
    </p>
  );
}

/** The two ways to end it altogether. */
function Endings({ status }: { status: Status }) {
  const consent = useAct<"consent">();
  const lock = useAct<"lock">();
  const failure = consent.error ?? lock.error;
  return (
    <span className={styles.endings}>
      {failure && <FailureNote failure={failure} />}
      {status.consent && (
        <Button small look="quiet" onClick={() => consent.mutate({ request: "consent", granted: false })}>
          Take back my consent
        </Button>
      )}
      <Button small icon="lock" onClick={() => lock.mutate({ request: "lock" })}>
        Lock now
      </Button>
    </span>
  );
}

function Remaining({ status, now }: { status: Status; now: number }) {
  if (status.capture.state !== "paused" || status.capture.until === null) return null;
  return (
    <span className={styles.countdown} role="timer" aria-label="Time until capture goes on">
      {countdown(status.capture.until - now)}
    </span>
  );
}

const PAUSES: [string, number][] = [
  ["5 min", 5 * 60],
  ["15 min", 15 * 60],
  ["30 min", 30 * 60],
  ["1 hour", 60 * 60],
];

function PauseRow({ status }: { status: Status }) {
  const clock = useClock();
  const act = useAct<"pause" | "resume" | "consent">();
  const pause = (seconds: number | null) => act.mutate({ request: "pause", seconds });
  return (
    <>
      <div className={styles.pauses}>
        {!status.consent && (
          <Button look="primary" icon="eye" onClick={() => act.mutate({ request: "consent", granted: true })}>
            Start watching my screen
          </Button>
        )}
        {status.consent && status.capture.state === "paused" && (
          <Button look="primary" icon="play" onClick={() => act.mutate({ request: "resume" })}>
            Resume
          </Button>
        )}
        {status.consent && (
          <>
            <span className={styles.pauseLabel}>Pause for</span>
            {PAUSES.map(([label, seconds]) => (
              <Button small key={label} onClick={() => pause(seconds)}>
                {label}
              </Button>
            ))}
            <Button small onClick={() => pause(secondsUntilTomorrow(Date.now(), clock))}>
              Until tomorrow
            </Button>
            <Button small onClick={() => pause(null)}>
              Until I resume
            </Button>
          </>
        )}
      </div>
      {act.error && <FailureNote failure={act.error} />}
    </>
  );
}
