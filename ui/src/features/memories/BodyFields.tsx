import { Field, inputClass } from "../../components/Field";
import type { Body } from "../../lib/bindings";
import { BLOCK_WORDS, PROCEDURE_WORDS, SENSITIVITY_WORDS } from "../../lib/words";
import { TextField } from "./TextField";

interface Props {
  body: Body;
  isNew: boolean;
  onChange: (body: Body) => void;
}

/** The inputs that only this kind has. */
export function BodyFields({ body, isNew, onChange }: Props) {
  switch (body.kind) {
    case "core":
      return (
        <Choice
          label="Part"
          value={body.block}
          words={BLOCK_WORDS}
          onChange={(block) => onChange({ ...body, block })}
        />
      );
    case "episodic":
      return (
        <>
          <TextField
            label="Who"
            hint="user, assistant, or a name"
            value={body.actor}
            onChange={(actor) => onChange({ ...body, actor })}
          />
          <TextField
            label="What kind of event"
            hint="e.g. meeting, reading, conversation"
            value={body.event_type}
            onChange={(event_type) => onChange({ ...body, event_type })}
          />
        </>
      );
    case "semantic":
      return (
        <>
          <TextField
            label="About"
            hint="A person, project or thing"
            value={body.subject}
            onChange={(subject) => onChange({ ...body, subject })}
          />
          <TextField
            label="Learned from"
            value={body.learned_from}
            onChange={(learned_from) => onChange({ ...body, learned_from })}
          />
        </>
      );
    case "procedural":
      return (
        <>
          <Choice
            label="Type"
            value={body.entry_type}
            words={PROCEDURE_WORDS}
            onChange={(entry_type) => onChange({ ...body, entry_type })}
          />
          <Lines
            label="Steps"
            hint="One a line, in order"
            lines={body.steps}
            onChange={(steps) => onChange({ ...body, steps })}
          />
        </>
      );
    case "resource":
      return (
        <>
          <TextField
            label="Type"
            value={body.resource_type}
            onChange={(resource_type) => onChange({ ...body, resource_type })}
          />
          <TextField
            label="Address or path"
            value={body.locator ?? ""}
            onChange={(locator) => onChange({ ...body, locator: locator || null })}
          />
          <Lines
            label="Content"
            lines={body.content.split("\n")}
            onChange={(lines) => onChange({ ...body, content: lines.join("\n") })}
          />
        </>
      );
    case "vault":
      return (
        <>
          <TextField
            label="Type"
            hint="e.g. password, api key"
            value={body.entry_type}
            onChange={(entry_type) => onChange({ ...body, entry_type })}
          />
          <Choice
            label="Sensitivity"
            value={body.sensitivity}
            words={SENSITIVITY_WORDS}
            onChange={(sensitivity) => onChange({ ...body, sensitivity })}
          />
          <Field
            label="Secret"
            hint={
              isNew
                ? "Kept encrypted under the vault's own key."
                : "Leave empty to keep the one that is stored."
            }
          >
            {(id, hint) => (
              <input
                id={id}
                aria-describedby={hint}
                className={inputClass}
                type="password"
                autoComplete="off"
                value={body.secret}
                onChange={(event) => onChange({ ...body, secret: event.target.value })}
              />
            )}
          </Field>
        </>
      );
  }
}

interface ChoiceProps<T extends string> {
  label: string;
  value: T;
  words: Record<T, string>;
  onChange: (value: T) => void;
}

function Choice<T extends string>({ label, value, words, onChange }: ChoiceProps<T>) {
  return (
    <Field label={label}>
      {(id) => (
        <select
          id={id}
          className={inputClass}
          value={value}
          onChange={(event) => onChange(event.target.value as T)}
        >
          {(Object.keys(words) as T[]).map((each) => (
            <option key={each} value={each}>
              {words[each]}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

interface LinesProps {
  label: string;
  hint?: string;
  lines: string[];
  onChange: (lines: string[]) => void;
}

const Lines = ({ label, hint, lines, onChange }: LinesProps) => (
  <Field label={label} hint={hint}>
    {(id, hintId) => (
      <textarea
        id={id}
        aria-describedby={hintId}
        className={inputClass}
        rows={5}
        value={lines.join("\n")}
        onChange={(event) => onChange(event.target.value.split("\n"))}
      />
    )}
  </Field>
);
