import { type FormEvent, useId, useState } from "react";
import { Button } from "../../components/Button";
import { Dialog } from "../../components/Dialog";
import { FailureNote } from "../../components/FailureNote";
import { Field, inputClass } from "../../components/Field";
import { OpenVault } from "../../components/OpenVault";
import type { Body, Kind, Memory } from "../../lib/bindings";
import { useAct } from "../../lib/engine";
import { KIND_WORDS, KINDS } from "../../lib/words";
import { BodyFields } from "./BodyFields";
import { blankBody, complaint, type Fields, fieldsOf, isEmptyPatch, newMemory, patchOf } from "./form";
import { TextField } from "./TextField";

interface Props {
  /** The one to change; none: a new one. */
  memory?: Memory;
  kind: Kind;
  onClose: () => void;
  onSaved: (memory: Memory) => void;
}

/** Writes a new memory, or changes one. */
export function MemoryForm({ memory, kind, onClose, onSaved }: Props) {
  const form = useId();
  const [fields, setFields] = useState<Fields>(() => fieldsOf(memory, kind, Date.now()));
  const add = useAct<"add_memory">((reply) => onSaved(reply.memory));
  const edit = useAct<"edit_memory">((reply) => onSaved(reply.memory));
  const wrong = complaint(fields);
  const change = (part: Partial<Fields>) => setFields((fields) => ({ ...fields, ...part }));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save();
  };
  const save = () => {
    if (wrong) return;
    if (!memory) return add.mutate({ request: "add_memory", memory: newMemory(fields) });
    const patch = patchOf(memory, fields);
    if (isEmptyPatch(patch)) onClose();
    else edit.mutate({ request: "edit_memory", id: memory.id, patch });
  };
  const failure = add.error ?? edit.error;
  return (
    <Dialog
      wide
      title={memory ? "Edit memory" : "Add a memory"}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            look="primary"
            type="submit"
            form={form}
            disabled={wrong !== null || add.isPending || edit.isPending}
            title={wrong ?? undefined}
          >
            Save
          </Button>
        </>
      }
    >
      <form id={form} onSubmit={submit} style={{ display: "contents" }}>
        {!memory && (
          <KindField kind={fields.body.kind} onKind={(kind) => change({ body: blankBody(kind) })} />
        )}
        <TextField label="Title" value={fields.title} onChange={(title) => change({ title })} />
        <BodyFields body={fields.body} isNew={!memory} onChange={(body: Body) => change({ body })} />
        <Field
          label="Details"
          hint={fields.body.kind === "vault" ? "Never put the secret here: details can be read." : undefined}
        >
          {(id, hint) => (
            <textarea
              id={id}
              aria-describedby={hint}
              className={inputClass}
              rows={4}
              value={fields.details}
              onChange={(event) => change({ details: event.target.value })}
            />
          )}
        </Field>
        {!memory && (
          <Field label={fields.body.kind === "episodic" ? "When it happened" : "Holds since"}>
            {(id) => (
              <input
                id={id}
                className={inputClass}
                type="datetime-local"
                value={fields.at}
                onChange={(event) => change({ at: event.target.value })}
              />
            )}
          </Field>
        )}
        <TextField
          label="Filed under"
          hint="Outermost first, e.g. work / atlas"
          value={fields.tree}
          onChange={(tree) => change({ tree })}
        />
        <TextField
          label="Tags"
          hint="Separated by commas"
          value={fields.tags}
          onChange={(tags) => change({ tags })}
        />
        {failure && failure.code !== "vault_closed" && <FailureNote failure={failure} />}
      </form>
      {failure?.code === "vault_closed" && (
        <OpenVault
          onClose={() => {
            add.reset();
            edit.reset();
          }}
          onOpened={save}
        />
      )}
    </Dialog>
  );
}

function KindField({ kind, onKind }: { kind: Kind; onKind: (kind: Kind) => void }) {
  return (
    <Field label="Kind" hint={KIND_WORDS[kind].about}>
      {(id, hint) => (
        <select
          id={id}
          aria-describedby={hint}
          className={inputClass}
          value={kind}
          onChange={(event) => onKind(event.target.value as Kind)}
        >
          {KINDS.map((each) => (
            <option key={each} value={each}>
              {KIND_WORDS[each].name}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}
