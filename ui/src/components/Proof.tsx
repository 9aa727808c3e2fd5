import { useState } from "react";
import type { Opening } from "../lib/bindings";
import { Button } from "./Button";
import { Field, inputClass } from "./Field";

interface Props {
  /** What was typed, as what opens the profile; `null` while nothing was. */
  onChange: (by: Opening | null) => void;
  /** Changes when the field is to be emptied. */
  attempt?: number;
  autoFocus?: boolean;
}

/** Asks for the passphrase, or for the recovery code instead. */
export function Proof({ onChange, attempt = 0, autoFocus }: Props) {
  const [isCode, setIsCode] = useState(false);
  return (
    <>
      <SecretField
        key={`${isCode} ${attempt}`}
        label={isCode ? "Recovery code" : "Passphrase"}
        hint={isCode ? "Nine groups of four. Case and hyphens do not matter." : undefined}
        autoFocus={autoFocus || isCode}
        onChange={(typed) => onChange(typed === "" ? null : openingOf(typed, isCode))}
      />
      <Button
        small
        look="quiet"
        onClick={() => {
          setIsCode(!isCode);
          onChange(null);
        }}
      >
        {isCode ? "Use the passphrase" : "Use the recovery code"}
      </Button>
    </>
  );
}

const openingOf = (typed: string, isCode: boolean): Opening =>
  isCode ? { by: "recovery", code: typed } : { by: "passphrase", passphrase: typed };

interface SecretFieldProps {
  label: string;
  hint?: string;
  autoFocus?: boolean;
  onChange: (typed: string) => void;
}

/** A field whose letters are not shown. What is typed leaves with it. */
export function SecretField({ label, hint, autoFocus, onChange }: SecretFieldProps) {
  const [typed, setTyped] = useState("");
  return (
    <Field label={label} hint={hint}>
      {(id, hintId) => (
        <input
          id={id}
          className={inputClass}
          type="password"
          autoComplete="off"
          aria-describedby={hintId}
          // biome-ignore lint/a11y/noAutofocus: only where it is the one thing to do
          autoFocus={autoFocus}
          value={typed}
          onChange={(event) => {
            setTyped(event.target.value);
            onChange(event.target.value);
          }}
        />
      )}
    </Field>
  );
}
