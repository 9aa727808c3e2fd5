import { type FormEvent, type ReactNode, useId, useState } from "react";
import { Button } from "../../components/Button";
import { Dialog } from "../../components/Dialog";
import { FailureNote } from "../../components/FailureNote";
import { Proof, SecretField } from "../../components/Proof";
import type { Failure, Opening } from "../../lib/bindings";
import styles from "./Settings.module.css";

interface ProvenProps {
  title: string;
  action: string;
  busy: boolean;
  failure: Failure | null;
  ready: boolean;
  /** What is to be known before anybody proves anything. */
  about?: string;
  /** The recovery code does not do. */
  passphraseOnly?: boolean;
  onClose: () => void;
  onProven: (by: Opening) => void;
  children?: ReactNode;
}

/** Something that is done only with what opens the profile now. */
export function Proven(props: ProvenProps) {
  const { title, about, action, busy, failure, ready, passphraseOnly, onClose, onProven, children } = props;
  const form = useId();
  const [by, setBy] = useState<Opening | null>(null);
  const [attempt, setAttempt] = useState(0);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!by || !ready) return;
    onProven(by);
    setBy(null);
    setAttempt(attempt + 1);
  };
  return (
    <Dialog
      title={title}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" type="submit" form={form} disabled={!by || !ready || busy}>
            {busy ? "A moment…" : action}
          </Button>
        </>
      }
    >
      <form id={form} onSubmit={submit} style={{ display: "contents" }}>
        {about && <p className={styles.quiet}>{about}</p>}
        {passphraseOnly ? (
          <SecretField
            key={attempt}
            label="Passphrase"
            autoFocus
            onChange={(passphrase) => setBy(passphrase === "" ? null : { by: "passphrase", passphrase })}
          />
        ) : (
          <Proof onChange={setBy} attempt={attempt} autoFocus />
        )}
        {children}
        {failure && <FailureNote failure={failure} />}
      </form>
    </Dialog>
  );
}
