import { Field, inputClass } from "../../components/Field";

interface TextFieldProps {
  label: string;
  hint?: string;
  value: string;
  onChange: (value: string) => void;
}

/** One line of text with its label. */
export const TextField = ({ label, hint, value, onChange }: TextFieldProps) => (
  <Field label={label} hint={hint}>
    {(id, hintId) => (
      <input
        id={id}
        aria-describedby={hintId}
        className={inputClass}
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
    )}
  </Field>
);
