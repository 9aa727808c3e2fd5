import { type FormEvent, useState } from "react";
import { Button } from "../../components/Button";
import { Loading } from "../../components/Empty";
import { FailureNote } from "../../components/FailureNote";
import { inputClass } from "../../components/Field";
import type { ModelChoice, ModelState, Settings } from "../../lib/bindings";
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
  return (
    <>
      {status && <ModelLine state={status.model} />}
      {models.error && <FailureNote failure={models.error} onRetry={models.refetch} />}
      {models.isPending && <Loading what="Looking for models" />}
      <div className={styles.models} role="radiogroup" aria-label="Model">
        {models.data?.models.map((model) => (
          <ModelRow
            key={model.id}
            model={model}
            isChosen={model.id === settings.model}
            onChoose={() => onChange({ model: model.id })}
          />
        ))}
      </div>
      <OwnModel key={settings.model} chosen={settings.model} onChoose={(model) => onChange({ model })} />
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
          Not here. Fetch it with <code>cargo xtask models</code>
        </span>
      )}
    </label>
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
