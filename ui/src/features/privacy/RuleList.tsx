import { type FormEvent, useId, useState } from "react";
import { Button } from "../../components/Button";
import { inputClass } from "../../components/Field";
import { Icon } from "../../components/Icon";
import type { Forget } from "../../lib/bindings";
import { AlsoForget } from "./AlsoForget";
import styles from "./Privacy.module.css";
import { withRule } from "./rules";

interface Props {
  /** What the input is for. */
  label: string;
  placeholder: string;
  rules: string[];
  suggestions?: string[];
  /** What a rule leaves out from now on, to be forgotten. */
  forgets: (rule: string) => Forget;
  onChange: (rules: string[]) => void;
}

/** Rules as removable pills, and a line to add one. */
export function RuleList({ label, placeholder, rules, suggestions = [], forgets, onChange }: Props) {
  const [text, setText] = useState("");
  const list = useId();
  const add = (event: FormEvent) => {
    event.preventDefault();
    onChange(withRule(rules, text));
    setText("");
  };
  return (
    <>
      <ul className={styles.rules}>
        {rules.map((rule) => (
          <li key={rule}>
            {rule}
            <button
              type="button"
              aria-label={`Remove ${rule}`}
              title="Remove"
              onClick={() => onChange(rules.filter((r) => r !== rule))}
            >
              <Icon name="close" size={11} />
            </button>
          </li>
        ))}
      </ul>
      <form className={styles.addRule} onSubmit={add}>
        <input
          className={inputClass}
          aria-label={label}
          placeholder={placeholder}
          value={text}
          list={list}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => setText(event.target.value)}
        />
        <datalist id={list}>
          {suggestions.map((name) => (
            <option key={name} value={name} />
          ))}
        </datalist>
        <Button type="submit" icon="plus" disabled={text.trim() === ""}>
          Add
        </Button>
      </form>
      <AlsoForget rules={rules} what={forgets} />
    </>
  );
}
