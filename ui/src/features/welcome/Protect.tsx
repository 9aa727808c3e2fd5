import { type FormEvent, useState } from "react";
import { Button } from "../../components/Button";
import { FailureNote } from "../../components/FailureNote";
import { Field, inputClass } from "../../components/Field";
import { useTransport } from "../../lib/engine";
import type { Key, Profile } from "../../lib/transport";
import { strengthOf } from "./strength";
import { useOpening } from "./useOpening";
import styles from "./Welcome.module.css";

interface Props {
  profile: Profile;
  onBack: () => void;
  onMade: (code: string | null) => void;
}

/** Makes the profile: everything in it is encrypted under this key. */
export function Protect({ profile, onBack, onMade }: Props) {
  const transport = useTransport();
  const opening = useOpening((key: Key) => transport.createProfile(key), onMade);
  const [passphrase, setPassphrase] = useState("");
  const [again, setAgain] = useState("");
  const differs = again !== "" && again !== passphrase;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    opening.open({ by: "passphrase", passphrase });
  };
  return (
    <form className={styles.card} onSubmit={submit}>
      <h1>Choose a passphrase</h1>
      <p className={styles.quiet}>
        It encrypts everything in <code>{profile.home}</code>. Several words that you will remember are better
        than one that is hard to type. A recovery code comes next.
      </p>
      <Field label="Passphrase">
        {(id) => <Secret id={id} value={passphrase} onChange={setPassphrase} />}
      </Field>
      <StrengthHint passphrase={passphrase} />
      <Field label="Once more" hint={differs ? "The two are not the same." : undefined}>
        {(id, hint) => <Secret id={id} value={again} onChange={setAgain} describedBy={hint} />}
      </Field>
      {opening.failure && <FailureNote failure={opening.failure} />}
      <Button
        look="primary"
        type="submit"
        disabled={opening.busy || passphrase === "" || again !== passphrase}
      >
        {opening.busy ? "Making your profile…" : "Create my profile"}
      </Button>
      {profile.keychain && (
        <Button look="plain" disabled={opening.busy} onClick={() => opening.open({ by: "keychain" })}>
          Use the system keychain instead
        </Button>
      )}
      <Button look="quiet" icon="back" disabled={opening.busy} onClick={onBack}>
        Back
      </Button>
    </form>
  );
}

interface SecretProps {
  id: string;
  value: string;
  onChange: (value: string) => void;
  describedBy?: string;
}

const Secret = ({ id, value, onChange, describedBy }: SecretProps) => (
  <input
    id={id}
    className={inputClass}
    type="password"
    autoComplete="off"
    aria-describedby={describedBy}
    value={value}
    onChange={(event) => onChange(event.target.value)}
  />
);

function StrengthHint({ passphrase }: { passphrase: string }) {
  const strength = strengthOf(passphrase);
  return (
    <div className={styles.strength} aria-live="polite">
      <meter min={0} max={4} low={2} high={3} optimum={4} value={strength.score} aria-label="Strength" />
      <span>{strength.words}</span>
    </div>
  );
}
