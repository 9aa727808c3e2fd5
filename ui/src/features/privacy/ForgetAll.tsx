import { useState } from "react";
import { Button } from "../../components/Button";
import { Dialog } from "../../components/Dialog";
import { FailureNote } from "../../components/FailureNote";
import { Field, inputClass } from "../../components/Field";
import { CountsTable, countsWords } from "../../components/ForgetDialog";
import { useAct, useEngine } from "../../lib/engine";
import { useToast } from "../../lib/toast";

const SENTENCE = "forget everything";

/** Forgetting all asks for a typed sentence. */
export function ForgetAll({ onClose }: { onClose: () => void }) {
  const [typed, setTyped] = useState("");
  const toast = useToast();
  const preview = useEngine({ request: "forget_preview", what: { what: "all" } });
  const forget = useAct<"forget">(({ receipt }) => {
    toast({ text: `Forgotten: ${countsWords(receipt.counts)}.` });
    onClose();
  });
  return (
    <Dialog
      title="Forget everything?"
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Keep it</Button>
          <Button
            look="danger"
            icon="trash"
            disabled={typed.trim().toLowerCase() !== SENTENCE || forget.isPending}
            onClick={() => forget.mutate({ request: "forget", what: { what: "all" } })}
          >
            Forget everything
          </Button>
        </>
      }
    >
      <p>All pictures, texts, memories and conversations will be gone for good. Your settings stay.</p>
      {preview.data && <CountsTable counts={preview.data.counts} />}
      <Field label={`Type “${SENTENCE}” to go on`}>
        {(id) => (
          <input
            id={id}
            className={inputClass}
            autoComplete="off"
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
          />
        )}
      </Field>
      {(preview.error ?? forget.error) && (
        <FailureNote
          failure={(preview.error ?? forget.error) as NonNullable<typeof forget.error>}
          onRetry={preview.refetch}
        />
      )}
    </Dialog>
  );
}
