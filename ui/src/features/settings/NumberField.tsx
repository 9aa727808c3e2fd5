import { useEffect, useState } from "react";
import { Field, inputClass } from "../../components/Field";
import styles from "./Settings.module.css";

interface Props {
  label: string;
  hint: string;
  unit: string;
  least: number;
  most: number;
  value: number;
  onChange: (value: number) => void;
}

/** A number with its unit; taken over on leaving the field or Enter, kept inside its limits. */
export function NumberField({ label, hint, unit, least, most, value, onChange }: Props) {
  const [text, setText] = useState(String(value));
  useEffect(() => setText(String(value)), [value]);
  const take = () => {
    const number = Number(text);
    const next = text.trim() === "" || Number.isNaN(number) ? value : Math.min(most, Math.max(least, number));
    setText(String(next));
    if (next !== value) onChange(next);
  };
  return (
    <Field label={label} hint={hint}>
      {(id, hintId) => (
        <span className={styles.number}>
          <input
            id={id}
            aria-describedby={hintId}
            className={inputClass}
            inputMode="decimal"
            value={text}
            onChange={(event) => setText(event.target.value)}
            onBlur={take}
            onKeyDown={(event) => event.key === "Enter" && take()}
          />
          {unit}
        </span>
      )}
    </Field>
  );
}
