import { useEffect, useState } from "react";
import { Button } from "../../components/Button";
import type { Opening, Request, Way } from "../../lib/bindings";
import { useAct, useTransport } from "../../lib/engine";
import { useToast } from "../../lib/toast";
import { Proven } from "./Proven";

type Change = "add" | "remove" | "tie" | "untie";

interface Words {
  button: string;
  title: string;
  about: string;
  action: string;
  done: string;
}

const WORDS: Record<Change, Words> = {
  add: {
    button: "Let the keychain open the profile",
    title: "Open with the system keychain",
    about:
      "You will not be asked for the passphrase. Any program of yours may ask the keychain; the vault stays closed to it.",
    action: "Let it",
    done: "The keychain opens the profile now.",
  },
  remove: {
    button: "Take the keychain away",
    title: "Take the keychain away",
    about: "The profile opens by your passphrase or the recovery code only.",
    action: "Take it away",
    done: "The keychain opens nothing any more.",
  },
  tie: {
    button: "Tie the passphrase to this computer",
    title: "Tie the passphrase to this computer",
    about:
      "A secret in this computer's keychain is then needed beside the passphrase, so nobody can guess at a copied key file. Without that keychain, on another computer or after it was reset, only the recovery code opens the profile. Have it at hand.",
    action: "Tie it",
    done: "The passphrase is tied to this computer.",
  },
  untie: {
    button: "Untie the passphrase",
    title: "Untie the passphrase",
    about: "The passphrase opens the profile by itself again, on any computer that has the key file.",
    action: "Untie it",
    done: "The passphrase opens the profile by itself.",
  },
};

/** What the system keychain may do: open the profile, or be needed beside the passphrase. */
export function Keychain({ ways, tied }: { ways: Way[]; tied: boolean }) {
  const isThere = useKeychain();
  const [open, setOpen] = useState<Change | null>(null);
  const opens = ways.includes("keychain");
  const offered: (Change | false)[] = [
    opens ? "remove" : isThere && "add",
    tied ? "untie" : isThere && ways.includes("passphrase") && "tie",
  ];
  return (
    <>
      {offered.map(
        (change) =>
          change && (
            <Button key={change} onClick={() => setOpen(change)}>
              {WORDS[change].button}
            </Button>
          ),
      )}
      {open && <ChangeKeychain change={open} onClose={() => setOpen(null)} />}
    </>
  );
}

function ChangeKeychain({ change, onClose }: { change: Change; onClose: () => void }) {
  const toast = useToast();
  const words = WORDS[change];
  const act = useAct<"add_keychain" | "remove_way" | "tie_passphrase">(() => {
    act.reset();
    toast({ text: words.done });
    onClose();
  });
  const isTie = change === "tie" || change === "untie";
  return (
    <Proven
      title={words.title}
      about={words.about}
      action={words.action}
      busy={act.isPending}
      failure={act.error}
      ready
      passphraseOnly={isTie}
      onClose={onClose}
      onProven={(by) => act.mutate(requestFor(change, by))}
    />
  );
}

type KeychainRequest = Extract<Request, { request: "add_keychain" | "remove_way" | "tie_passphrase" }>;

function requestFor(change: Change, by: Opening): KeychainRequest {
  if (change === "add") return { request: "add_keychain", by };
  if (change === "remove") return { request: "remove_way", by, way: "keychain" };
  const passphrase = by.by === "passphrase" ? by.passphrase : "";
  return { request: "tie_passphrase", passphrase, tied: change === "tie" };
}

/** Whether a system keychain may answer here. */
function useKeychain(): boolean {
  const transport = useTransport();
  const [isThere, setIsThere] = useState(false);
  useEffect(() => {
    transport.profile().then(
      ({ keychain }) => setIsThere(keychain),
      () => undefined,
    );
  }, [transport]);
  return isThere;
}
