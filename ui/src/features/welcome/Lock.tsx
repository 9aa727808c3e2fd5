import { type FormEvent, useState } from "react";
import { Button } from "../../components/Button";
import { FailureNote } from "../../components/FailureNote";
import { Field, inputClass } from "../../components/Field";
import { Mark } from "../../components/Mark";
import type { Failure } from "../../lib/bindings";
import { useTransport } from "../../lib/engine";
import type { Key, Profile } from "../../lib/transport";
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
  const [passphrase, setPassphrase] = useState("");
  const opening = useOpening((key: Key) => transport.unlock(key), onOpened);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    opening.open({ by: "passphrase", passphrase });
    setPassphrase("");
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
        <Field label="Passphrase">
          {(id) => (
            <input
              id={id}
              className={inputClass}
              type="password"
              autoComplete="off"
              // The lock screen has one purpose.
              // biome-ignore lint/a11y/noAutofocus: the only input of a screen that appears by itself
              autoFocus
              value={passphrase}
              onChange={(event) => setPassphrase(event.target.value)}
            />
          )}
        </Field>
        {failure && <FailureNote failure={failure} />}
        <Button look="primary" type="submit" icon="lock" disabled={passphrase === "" || opening.busy}>
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
