import { Card } from "../../components/Card";
import { DETAIL_WORDS } from "../../components/DetailLabels";
import { FailureNote } from "../../components/FailureNote";
import { Switch } from "../../components/Field";
import type { Detail, ModelState } from "../../lib/bindings";
import { useEngine } from "../../lib/engine";
import { useRules } from "./useRules";

const KINDS = Object.keys(DETAIL_WORDS) as Detail[];

/** Whether names, addresses and numbers of people are kept, and which are not. */
export function Details() {
  const { settings, change, error } = useRules();
  const state = useEngine({ request: "status" }).data?.status.details;
  const hidden = settings?.hide_details ?? [];
  const turn = (kind: Detail, isHidden: boolean) =>
    change({ hide_details: KINDS.filter((one) => (one === kind ? isHidden : hidden.includes(one))) });
  return (
    <Card
      title="Personal details"
      about="A small model marks texts that hold some, so that you can find and forget them. They are kept, unless you want them hidden. It misses some and takes some for what they are not."
    >
      {error && <FailureNote failure={error} />}
      {state && <ModelNote state={state} isHiding={hidden.length > 0} />}
      {settings && (
        <>
          <Switch
            label="Also hide personal details"
            hint="Replaced in what is read off the screen and painted over in pictures from now on. Reading takes longer."
            on={hidden.length > 0}
            onChange={(isOn) => change({ hide_details: isOn ? KINDS : [] })}
          />
          {hidden.length > 0 &&
            KINDS.map((kind) => (
              <Switch
                key={kind}
                label={`Hide: ${DETAIL_WORDS[kind]}`}
                on={hidden.includes(kind)}
                onChange={(isOn) => turn(kind, isOn)}
              />
            ))}
        </>
      )}
    </Card>
  );
}

function ModelNote({ state, isHiding }: { state: ModelState; isHiding: boolean }) {
  if (state.state !== "unavailable") return null;
  return (
    <>
      <FailureNote failure={state} />
      <p>{isHiding ? "Nothing of the screen is kept until it is there." : "Until then nothing is marked."}</p>
    </>
  );
}
