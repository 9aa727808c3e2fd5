import { useState } from "react";
import { Button } from "./Button";
import { Field, inputClass } from "./Field";
import styles from "./RecoveryCode.module.css";

/** A recovery code, shown this once, and a group of it typed again to know that it was written down. */
export function RecoveryCode({ code, onDone }: { code: string; onDone: () => void }) {
  const groups = code.split("-");
  const [asked] = useState(() => Math.floor(Math.random() * groups.length));
  const [typed, setTyped] = useState("");
  const isRight = plain(typed) === groups[asked];
  const isWrong = typed.length >= 4 && !isRight;
  return (
    <>
      <p className={styles.quiet}>
        It opens your profile and your vault when the passphrase or the keychain is lost. Write it down and
        keep it away from this machine. It is shown this once and kept nowhere; whoever has it can read
        everything.
      </p>
      <output className={styles.code} aria-label="Recovery code">
        {groups.map((group, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a group is known by its place
          <span key={index}>{group}</span>
        ))}
      </output>
      <Field
        label={`Type group ${asked + 1} of ${groups.length} again`}
        hint={isWrong ? "That is not the group." : undefined}
      >
        {(id, hint) => (
          <input
            id={id}
            className={inputClass}
            autoComplete="off"
            spellCheck={false}
            aria-describedby={hint}
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
          />
        )}
      </Field>
      <Button look="primary" disabled={!isRight} onClick={onDone}>
        I have written it down
      </Button>
    </>
  );
}

/** As the engine reads it: signs that look alike are one. */
const plain = (typed: string) =>
  typed.toUpperCase().replaceAll(/[\s-]/g, "").replaceAll("O", "0").replaceAll(/[IL]/g, "1");
