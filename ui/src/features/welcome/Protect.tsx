import { type FormEvent, useState } from "react";
import { Button } from "../../components/Button";
import { FailureNote } from "../../components/FailureNote";
import { NewPassphrase } from "../../components/NewPassphrase";
import { useTransport } from "../../lib/engine";
import type { Key, Profile } from "../../lib/transport";
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
  const [passphrase, setPassphrase] = useState<string | null>(null);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (passphrase !== null) opening.open({ by: "passphrase", passphrase });
  };
  return (
    <form className={styles.card} onSubmit={submit}>
      <h1>Choose a passphrase</h1>
      <p className={styles.quiet}>
        It encrypts everything in <code>{profile.home}</code>. Several words that you will remember are better
        than one that is hard to type. A recovery code comes next.
      </p>
      <NewPassphrase labels={["Passphrase", "Once more"]} onChange={setPassphrase} />
      {opening.failure && <FailureNote failure={opening.failure} />}
      <Button look="primary" type="submit" disabled={opening.busy || passphrase === null}>
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
