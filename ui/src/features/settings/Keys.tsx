import { useState } from "react";
import { Button } from "../../components/Button";
import { Card } from "../../components/Card";
import { Dialog } from "../../components/Dialog";
import { FailureNote } from "../../components/FailureNote";
import { Switch } from "../../components/Field";
import { NewPassphrase } from "../../components/NewPassphrase";
import { RecoveryCode } from "../../components/RecoveryCode";
import type { Opening, Settings, Way } from "../../lib/bindings";
import { useAct, useEngine } from "../../lib/engine";
import { useToast } from "../../lib/toast";
import { Keychain } from "./Keychain";
import { NumberField } from "./NumberField";
import { Proven } from "./Proven";
import styles from "./Settings.module.css";

const WAY_WORDS: Record<Way, { name: string; about: string }> = {
  passphrase: { name: "Passphrase", about: "Opens the profile and the vault." },
  recovery: { name: "Recovery code", about: "Opens both when the passphrase is lost." },
  keychain: {
    name: "System keychain",
    about: "Opens the profile, not the vault. Any program of yours may ask it.",
  },
};

type Open = "passphrase" | "recovery" | null;

/** How the profile is opened, and when it locks by itself. */
export function Keys({
  settings,
  onChange,
}: {
  settings: Settings;
  onChange: (part: Partial<Settings>) => void;
}) {
  const ways = useEngine({ request: "ways" });
  const [open, setOpen] = useState<Open>(null);
  const close = () => setOpen(null);
  const tied = ways.data?.tied ?? false;
  return (
    <Card title="Keys and locking" about="Nobody but these opens what Afterimage keeps.">
      {ways.error && <FailureNote failure={ways.error} onRetry={ways.refetch} />}
      <dl className={styles.about}>
        {ways.data?.ways.map((way) => (
          <div key={way} style={{ display: "contents" }}>
            <dt>{WAY_WORDS[way].name}</dt>
            <dd>
              {WAY_WORDS[way].about}
              {way === "passphrase" && tied && " Only with this computer's keychain."}
            </dd>
          </div>
        ))}
      </dl>
      <div className={styles.own}>
        <Button icon="lock" onClick={() => setOpen("passphrase")}>
          {ways.data?.ways.includes("passphrase") === false ? "Set a passphrase" : "Change the passphrase"}
        </Button>
        <Button onClick={() => setOpen("recovery")}>New recovery code</Button>
        {ways.data && <Keychain ways={ways.data.ways} tied={tied} />}
      </div>
      <NumberField
        label="Lock when nobody used the machine for"
        hint="It also locks with the screen and before the machine sleeps. 0: not by itself."
        unit="minutes"
        least={0}
        most={1440}
        value={settings.lock_after_min}
        onChange={(lock_after_min) => onChange({ lock_after_min })}
      />
      {open === "passphrase" && <ChangePassphrase tied={tied} onClose={close} />}
      {open === "recovery" && <RenewRecovery onClose={close} />}
    </Card>
  );
}

function ChangePassphrase({ tied, onClose }: { tied: boolean; onClose: () => void }) {
  const toast = useToast();
  const [chosen, setChosen] = useState<string | null>(null);
  const [stays, setStays] = useState(true);
  const set = useAct<"set_passphrase">(() => {
    set.reset();
    toast({ text: "The passphrase is changed. The old one opens nothing any more." });
    onClose();
  });
  const change = (by: Opening) => {
    if (chosen === null) return;
    const untied = tied && !stays ? { tied: false } : {};
    set.mutate({ request: "set_passphrase", by, passphrase: chosen, ...untied });
  };
  return (
    <Proven
      title="Change the passphrase"
      action="Change it"
      busy={set.isPending}
      failure={set.error}
      ready={chosen !== null}
      onClose={onClose}
      onProven={change}
    >
      <NewPassphrase labels={["New passphrase", "The new one once more"]} onChange={setChosen} />
      {tied && (
        <Switch
          label="Tied to this computer"
          hint="Turn it off where this computer's keychain is lost."
          on={stays}
          onChange={setStays}
        />
      )}
    </Proven>
  );
}

function RenewRecovery({ onClose }: { onClose: () => void }) {
  const [code, setCode] = useState<string | null>(null);
  const renew = useAct<"renew_recovery">((reply) => {
    setCode(reply.code);
    // The mutation keeps its last result otherwise.
    renew.reset();
  });
  if (code)
    return (
      <Dialog title="Your recovery code" onClose={onClose}>
        <RecoveryCode code={code} onDone={onClose} />
      </Dialog>
    );
  return (
    <Proven
      title="New recovery code"
      action="Show a new code"
      busy={renew.isPending}
      failure={renew.error}
      ready
      onClose={onClose}
      onProven={(by) => renew.mutate({ request: "renew_recovery", by })}
    >
      <p className={styles.quiet}>The one before opens nothing any more.</p>
    </Proven>
  );
}
