import { useEffect, useState } from "react";
import type { Strength } from "../lib/bindings";
import { useTransport } from "../lib/engine";
import styles from "./NewPassphrase.module.css";
import { SecretField } from "./Proof";

interface Props {
  labels: [first: string, again: string];
  /** The passphrase when both fields have the same; `null` otherwise. */
  onChange: (passphrase: string | null) => void;
}

/** Asks for a new passphrase twice, and says how hard it is to guess. */
export function NewPassphrase({ labels, onChange }: Props) {
  const [chosen, setChosen] = useState("");
  const [again, setAgain] = useState("");
  const tell = (chosen: string, again: string) => {
    setChosen(chosen);
    setAgain(again);
    onChange(chosen !== "" && chosen === again ? chosen : null);
  };
  return (
    <>
      <SecretField label={labels[0]} onChange={(typed) => tell(typed, again)} />
      <StrengthHint passphrase={chosen} />
      <SecretField
        label={labels[1]}
        hint={again !== "" && again !== chosen ? "The two are not the same." : undefined}
        onChange={(typed) => tell(chosen, typed)}
      />
    </>
  );
}

function StrengthHint({ passphrase }: { passphrase: string }) {
  const strength = useStrength(passphrase);
  return (
    <div className={styles.strength} aria-live="polite">
      <meter
        min={0}
        max={4}
        low={2}
        high={3}
        optimum={4}
        value={strength?.score ?? 0}
        aria-label="Strength"
      />
      <span>{strength ? wordsOf(strength) : "Four or more words make a good one."}</span>
    </div>
  );
}

function wordsOf({ score, is_enough, advice }: Strength): string {
  if (!is_enough) return `Too easy to guess. ${advice}`;
  return score === 4 ? "Strong." : "Good.";
}

/** After the last letter, so that not every one is judged. */
const REST_MS = 150;

/** The estimate of the one who also refuses; `null` until it is there. */
function useStrength(passphrase: string): Strength | null {
  const transport = useTransport();
  const [strength, setStrength] = useState<Strength | null>(null);
  useEffect(() => {
    if (passphrase === "") {
      setStrength(null);
      return;
    }
    let isOver = false;
    const timer = setTimeout(() => {
      transport.strength(passphrase).then(
        (found) => !isOver && setStrength(found),
        // It is said again when the passphrase is refused.
        () => undefined,
      );
    }, REST_MS);
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [transport, passphrase]);
  return strength;
}
