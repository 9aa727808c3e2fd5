import { type FormEvent, useState } from "react";
import { Button } from "../../components/Button";
import { Loading } from "../../components/Empty";
import { FailureNote } from "../../components/FailureNote";
import { inputClass } from "../../components/Field";
import type { ModelChoice, ModelRole, ModelState, Settings } from "../../lib/bindings";
import { bytes } from "../../lib/clock";
import { useEngine } from "../../lib/engine";
import styles from "./Settings.module.css";

interface Props {
  settings: Settings;
  onChange: (part: Partial<Settings>) => void;
}

/** The model that answers: one of those known, or a file of the user's. */
export function Models({ settings, onChange }: Props) {
  const models = useEngine({ request: "models" });
  const status = useEngine({ request: "status" }).data?.status;
  const known = models.data?.models ?? [];
  return (
    <>
      {status && <ModelLine state={status.model} />}
      {models.error && <FailureNote failure={models.error} onRetry={models.refetch} />}
      {models.isPending && <Loading what="Looking for models" />}
      <div className={styles.models} role="radiogroup" aria-label="Model">
        {known
          .filter((model) => model.role === "chat")
          .map((model) => (
            <ModelRow
              key={model.id}
              model={model}
              isChosen={model.id === settings.model}
              onChoose={() => onChange({ model: model.id })}
            />
          ))}
      </div>
      <OwnModel key={settings.model} chosen={settings.model} onChoose={(model) => onChange({ model })} />
      <Helpers models={known} />
    </>
  );
}

function ModelLine({ state }: { state: ModelState }) {
  if (state.state === "unavailable") return <FailureNote failure={state} />;
  return (
    <p className={styles.quiet} role="status">
      {state.state === "loading" ? `Loading ${state.id}…` : `In use: ${state.id}, on the ${state.device}.`}
    </p>
  );
}

function ModelRow({
  model,
  isChosen,
  onChoose,
}: {
  model: ModelChoice;
  isChosen: boolean;
  onChoose: () => void;
}) {
  return (
    <label className={styles.model} data-chosen={isChosen}>
      <input
        type="radio"
        name="model"
        checked={isChosen}
        disabled={!model.present && !isChosen}
        onChange={onChoose}
      />
      <span>
        <strong>{model.name}</strong>
        <small>
          {bytes(model.bytes)} · {model.licence}
        </small>
      </span>
      {model.present ? (
        <span className={styles.present}>Here</span>
      ) : (
        <span className={styles.missing}>
          Not here. Fetch it: <code>cargo xtask models {model.id}</code>
        </span>
      )}
    </label>
  );
}

const HELPS: Record<Exclude<ModelRole, "chat">, string> = {
  embedder: "finds by meaning",
  ocr: "reads pictures",
  classifier: "marks personal details",
};

/** The models that are not chosen: what each does, and whether it is here. */
function Helpers({ models }: { models: ModelChoice[] }) {
  const helpers = models.filter((model) => model.role !== "chat" && model.chosen);
  return (
    <ul className={styles.quiet}>
      {helpers.map((model) => (
        <li key={model.id}>
          {model.name} {model.role !== "chat" && HELPS[model.role]} ({bytes(model.bytes)},{" "}
          {model.present ? "here" : "not here"})
        </li>
      ))}
    </ul>
  );
}

function OwnModel({ chosen, onChoose }: { chosen: string; onChoose: (path: string) => void }) {
  const [path, setPath] = useState(chosen.endsWith(".gguf") ? chosen : "");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onChoose(path.trim());
  };
  return (
    <form className={styles.own} onSubmit={submit}>
      <input
        className={inputClass}
        aria-label="Path of a model file"
        placeholder="Or the path of a GGUF file of the qwen2 or llama family"
        value={path}
        spellCheck={false}
        onChange={(event) => setPath(event.target.value)}
      />
      <Button type="submit" disabled={path.trim() === "" || path.trim() === chosen}>
        Use this file
      </Button>
    </form>
  );
}
