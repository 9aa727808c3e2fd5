import { type FormEvent, useId, useState } from "react";
import { Button } from "../../components/Button";
import { Card } from "../../components/Card";
import { Dialog } from "../../components/Dialog";
import { FailureNote } from "../../components/FailureNote";
import { Field, inputClass, Switch } from "../../components/Field";
import { NewPassphrase } from "../../components/NewPassphrase";
import { Proof } from "../../components/Proof";
import type { Drill, Opening, Settings } from "../../lib/bindings";
import { ago, bytes, counted } from "../../lib/clock";
import { useAct, useEngine } from "../../lib/engine";
import { useToast } from "../../lib/toast";
import styles from "./Settings.module.css";

/** Copies beside the profile, and the one that can be taken along. */
export function Backups({
  settings,
  onChange,
}: {
  settings: Settings;
  onChange: (part: Partial<Settings>) => void;
}) {
  const loaded = useEngine({ request: "backups" });
  const drill = useAct<"drill_backup">();
  const [isTaking, setIsTaking] = useState(false);
  const newest = loaded.data?.backups.at(-1);
  return (
    <Card title="Backups" about="Copies on this disk, encrypted with your key.">
      <Switch
        label="Keep copies of the last 24 hours, 7 days and 4 weeks"
        hint="They are verified, with their pictures. What you forget leaves them too."
        on={settings.backups}
        onChange={(backups) => onChange({ backups })}
      />
      {loaded.error && <FailureNote failure={loaded.error} onRetry={loaded.refetch} />}
      {loaded.data && (
        <p className={styles.quiet}>
          {newest
            ? `${counted(loaded.data.backups.length, "copy", "copies")}, the newest from ${ago(newest.at)}. `
            : "There is no copy yet. "}
          {tried(loaded.data.last_drill)}
        </p>
      )}
      {drill.error && <FailureNote failure={drill.error} />}
      <div className={styles.own}>
        <Button disabled={drill.isPending} onClick={() => drill.mutate({ request: "drill_backup" })}>
          {drill.isPending ? "Trying…" : "Try to restore now"}
        </Button>
        <Button onClick={() => setIsTaking(true)}>Take it with you…</Button>
      </div>
      {isTaking && <TakeAlong onClose={() => setIsTaking(false)} />}
    </Card>
  );
}

/** How the last trial went, in a sentence. */
function tried(drill: Drill | null): string {
  if (!drill) return "None was tried to be restored yet.";
  const when = `Last tried to restore ${ago(drill.at)}`;
  return drill.fault === null
    ? `${when}: it worked.`
    : `${when}: it did not work. ${drill.fault} A fresh copy was made.`;
}

/** Asks where the archive shall lie and under which passphrase, and for the vault's own if it goes too. */
function TakeAlong({ onClose }: { onClose: () => void }) {
  const form = useId();
  const toast = useToast();
  const [path, setPath] = useState("");
  const [passphrase, setPassphrase] = useState<string | null>(null);
  const [withVault, setWithVault] = useState(false);
  const [vaultPassphrase, setVaultPassphrase] = useState<string | null>(null);
  const [by, setBy] = useState<Opening | null>(null);
  const [attempt, setAttempt] = useState(0);
  const write = useAct<"write_archive">(({ archived }) => {
    write.reset();
    toast({
      text: `${counted(archived.memories, "memory", "memories")} and ${counted(archived.pictures, "picture")} are in ${path} (${bytes(archived.bytes)}), and it was read back.`,
    });
    onClose();
  });
  const file = passphrase === null ? null : { path, passphrase };
  const vault = vaultPassphrase === null ? null : { path: vaultPath(path), passphrase: vaultPassphrase };
  const send = () =>
    file && write.mutate({ request: "write_archive", file, vault: withVault ? vault : null });
  const open = useAct<"open_vault">(() => {
    open.reset();
    send();
  });
  const isReady = path.startsWith("/") && file && (!withVault || (by && vault));
  const isBusy = write.isPending || open.isPending;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!isReady || isBusy) return;
    if (!withVault || !by) return send();
    open.mutate({ request: "open_vault", by });
    setBy(null);
    setAttempt(attempt + 1);
  };
  const failure = write.error ?? open.error;
  return (
    <Dialog
      title="Take it with you"
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" type="submit" form={form} disabled={!isReady || isBusy}>
            {isBusy ? "Writing…" : "Write the file"}
          </Button>
        </>
      }
    >
      <form id={form} onSubmit={submit} style={{ display: "contents" }}>
        <p className={styles.quiet}>
          One encrypted file with your memories, conversations, history and pictures. Without its passphrase
          nobody opens it, you neither. On another machine: afterimage archive read.
        </p>
        <Field label="Where" hint="A new file, with its whole path.">
          {(id, hintId) => (
            <input
              id={id}
              className={inputClass}
              aria-describedby={hintId}
              placeholder="/media/stick/afterimage.age"
              value={path}
              onChange={(event) => setPath(event.target.value)}
            />
          )}
        </Field>
        <NewPassphrase labels={["Passphrase of the file", "The same once more"]} onChange={setPassphrase} />
        <Switch
          label="Take the vault too"
          hint={`In a second file (${vaultPath(path || "….age")}), with another passphrase.`}
          on={withVault}
          onChange={setWithVault}
        />
        {withVault && (
          <>
            <NewPassphrase
              labels={["Passphrase of the vault's file", "The vault's once more"]}
              onChange={setVaultPassphrase}
            />
            <p className={styles.quiet}>What opens your profile also opens the vault:</p>
            <Proof onChange={setBy} attempt={attempt} />
          </>
        )}
        {failure && <FailureNote failure={failure} />}
      </form>
    </Dialog>
  );
}

/** `me.age` and `me.vault.age`. */
const vaultPath = (path: string) => path.replace(/(\.age)?$/, ".vault.age");
