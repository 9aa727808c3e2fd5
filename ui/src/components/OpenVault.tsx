import { type FormEvent, useId, useState } from "react";
import type { Opening } from "../lib/bindings";
import { useAct } from "../lib/engine";
import { Button } from "./Button";
import { Dialog } from "./Dialog";
import { FailureNote } from "./FailureNote";
import { Proof } from "./Proof";

/** Opens the vault for a minute. */
export function OpenVault({ onOpened, onClose }: { onOpened: () => void; onClose: () => void }) {
  const form = useId();
  const [by, setBy] = useState<Opening | null>(null);
  const [attempt, setAttempt] = useState(0);
  const open = useAct<"open_vault">(() => {
    open.reset();
    onOpened();
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!by) return;
    open.mutate({ request: "open_vault", by });
    setBy(null);
    setAttempt(attempt + 1);
  };
  return (
    <Dialog
      title="Open the vault"
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" type="submit" form={form} disabled={!by || open.isPending}>
            {open.isPending ? "Opening…" : "Open for a minute"}
          </Button>
        </>
      }
    >
      <form id={form} onSubmit={submit} style={{ display: "contents" }}>
        <Proof onChange={setBy} attempt={attempt} autoFocus />
        {open.error && <FailureNote failure={open.error} />}
      </form>
    </Dialog>
  );
}
