import { useState } from "react";
import { Button } from "../../components/Button";
import { Dialog } from "../../components/Dialog";
import { FailureNote } from "../../components/FailureNote";
import { Field, inputClass, Switch } from "../../components/Field";
import type { Grant, Kind, Trust } from "../../lib/bindings";
import { useAct } from "../../lib/engine";
import { KIND_WORDS } from "../../lib/words";
import { AGES, FROM_WHOM, READABLE, USUAL } from "./grants";
import styles from "./Privacy.module.css";

const DAYS = 90;

/** Lets a program in: what it may, then its token, once. */
export function AddReader({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState("");
  const [grant, setGrant] = useState<Grant>(USUAL);
  const [left, setLeft] = useState("");
  const add = useAct<"add_client">();
  const change = (some: Partial<Grant>) => setGrant({ ...grant, ...some });
  const apps_left_out = left
    .split(",")
    .map((app) => app.trim())
    .filter((app) => app !== "");
  const reads = grant.kinds.length > 0 || grant.observations;
  if (add.data) return <Token name={add.data.client.name} token={add.data.token} onClose={onClose} />;
  return (
    <Dialog
      title="Let a program read"
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            look="primary"
            disabled={name.trim() === "" || add.isPending || !(reads || grant.propose || grant.chat)}
            onClick={() =>
              add.mutate({ request: "add_client", name, grant: { ...grant, apps_left_out }, days: DAYS })
            }
          >
            Make a token
          </Button>
        </>
      }
    >
      <Field label="Which program" hint="As you call it; it is shown with all that it reads and says.">
        {(id, hint) => (
          <input
            id={id}
            className={inputClass}
            autoComplete="off"
            maxLength={60}
            aria-describedby={hint}
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
        )}
      </Field>
      <fieldset className={styles.kinds}>
        <legend>It may read</legend>
        {READABLE.map((kind) => (
          <label key={kind}>
            <input
              type="checkbox"
              checked={grant.kinds.includes(kind)}
              onChange={() => change({ kinds: toggled(grant.kinds, kind) })}
            />
            {KIND_WORDS[kind].name}
          </label>
        ))}
      </fieldset>
      <Switch
        label="The texts themselves"
        hint="What stood in your windows and what was said, word by word. Off: only what was made of it."
        on={grant.observations}
        onChange={(observations) => change({ observations })}
      />
      <Choice
        label="Said by"
        options={FROM_WHOM}
        value={grant.min_trust}
        onChange={(min_trust: Trust) => change({ min_trust })}
      />
      <Choice
        label="How old"
        options={AGES}
        value={grant.max_age_days}
        onChange={(max_age_days) => change({ max_age_days })}
      />
      <Field
        label="Nothing of these apps"
        hint="Names with commas, e.g. signal, thunderbird; nor what rests on them."
      >
        {(id, hint) => (
          <input
            id={id}
            className={inputClass}
            autoComplete="off"
            aria-describedby={hint}
            value={left}
            onChange={(event) => setLeft(event.target.value)}
          />
        )}
      </Field>
      <Switch
        label="It may hand in memories"
        hint="With its name on them. What would be of you or your habits waits for your yes."
        on={grant.propose}
        onChange={(propose) => change({ propose })}
      />
      <Switch
        label="It may hand in its conversations"
        hint="So that they can be found and learned from, as said by another program."
        on={grant.chat}
        onChange={(chat) => change({ chat })}
      />
      {add.error && <FailureNote failure={add.error} />}
    </Dialog>
  );
}

function Token({ name, token, onClose }: { name: string; token: string; onClose: () => void }) {
  return (
    <Dialog
      title={`The token of ${name}`}
      onClose={onClose}
      actions={
        <Button look="primary" onClick={onClose}>
          I have put it there
        </Button>
      }
    >
      <p>
        Put it into the program&apos;s environment as <code>AFTERIMAGE_TOKEN</code>. It is shown this once and
        kept nowhere; it opens for {DAYS} days, or until you revoke it.
      </p>
      <output className={styles.token} aria-label="Token">
        {token}
      </output>
    </Dialog>
  );
}

interface ChoiceProps<T> {
  label: string;
  options: [T, string][];
  value: T;
  onChange: (value: T) => void;
}

function Choice<T>({ label, options, value, onChange }: ChoiceProps<T>) {
  return (
    <Field label={label}>
      {(id) => (
        <select
          id={id}
          className={inputClass}
          value={options.findIndex(([known]) => known === value)}
          onChange={(event) => onChange(options[Number(event.target.value)][0])}
        >
          {options.map(([, words], index) => (
            <option key={words} value={index}>
              {words}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

const toggled = (kinds: Kind[], kind: Kind) =>
  READABLE.filter((known) => kinds.includes(known) !== (known === kind));
