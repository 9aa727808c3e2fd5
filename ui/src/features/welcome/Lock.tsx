import { type FormEvent, useEffect, useState } from "react";
import { Button } from "../../components/Button";
import { FailureNote } from "../../components/FailureNote";
import { Field, inputClass } from "../../components/Field";
import { Mark } from "../../components/Mark";
import { Proof } from "../../components/Proof";
import type { Failure, Opening } from "../../lib/bindings";
import { useTransport } from "../../lib/engine";
import { type Key, type Named, type Profile, toFailure } from "../../lib/transport";
import { useOpening } from "./useOpening";
import styles from "./Welcome.module.css";

/** The way back in. Shows nothing of the profile. */
export function Lock({
  profile,
  reason,
  onOpened,
}: {
  profile?: Profile;
  reason?: Failure;
  onOpened: () => void;
}) {
  const transport = useTransport();
  const [by, setBy] = useState<Opening | null>(null);
  const [attempt, setAttempt] = useState(0);
  const opening = useOpening((key: Key) => transport.unlock(key), onOpened);
  const left = useSecondsLeft(profile?.wait_s ?? 0);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!by) return;
    opening.open(by);
    setBy(null);
    setAttempt(attempt + 1);
  };
  const failure = opening.failure ?? reason;
  return (
    <main className={styles.page}>
      <form className={styles.card} onSubmit={submit}>
        <span className={styles.mark}>
          <Mark size={44} />
        </span>
        <h1>Afterimage is locked</h1>
        <p className={styles.quiet}>
          Its engine is not running. Nothing is being watched, and nothing is held in memory.
        </p>
        {profile && profile.profiles.length > 1 && (
          <Profiles profiles={profile.profiles} onChosen={onOpened} />
        )}
        <Proof onChange={setBy} attempt={attempt} autoFocus />
        {failure && <FailureNote failure={failure} />}
        {left > 0 && (
          <p className={styles.quiet} role="timer">
            Too many wrong attempts. The next one in {left} {left === 1 ? "second" : "seconds"}.
          </p>
        )}
        <Button look="primary" type="submit" icon="lock" disabled={!by || opening.busy || left > 0}>
          {opening.busy ? "Unlocking…" : "Unlock"}
        </Button>
        {profile?.keychain && (
          <Button look="quiet" disabled={opening.busy} onClick={() => opening.open({ by: "keychain" })}>
            Unlock with the system keychain
          </Button>
        )}
      </form>
    </main>
  );
}

/** Which profile is to be opened, where there are several. */
function Profiles({ profiles, onChosen }: { profiles: Named[]; onChosen: () => void }) {
  const transport = useTransport();
  const [failure, setFailure] = useState<Failure>();
  const choose = (name: string) =>
    transport.chooseProfile(name).then(onChosen, (thrown) => setFailure(toFailure(thrown)));
  return (
    <>
      <Field label="Profile">
        {(id) => (
          <select
            id={id}
            className={inputClass}
            value={profiles.find(({ current }) => current)?.name}
            onChange={(event) => void choose(event.target.value)}
          >
            {profiles.map(({ name, home }) => (
              <option key={name} value={name} title={home}>
                {name}
              </option>
            ))}
          </select>
        )}
      </Field>
      {failure && <FailureNote failure={failure} />}
    </>
  );
}

/** Counts down from what the engine last said. */
function useSecondsLeft(told: number) {
  const [left, setLeft] = useState(told);
  useEffect(() => setLeft(told), [told]);
  useEffect(() => {
    if (left <= 0) return;
    const timer = setTimeout(() => setLeft(left - 1), 1000);
    return () => clearTimeout(timer);
  }, [left]);
  return left;
}
