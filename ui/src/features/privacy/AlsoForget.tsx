import { useEffect, useRef, useState } from "react";
import { Button } from "../../components/Button";
import { countsWords, ForgetDialog, isNothing } from "../../components/ForgetDialog";
import type { Forget } from "../../lib/bindings";
import { useEngine } from "../../lib/engine";
import styles from "./Privacy.module.css";

interface Props {
  rules: string[];
  /** What a rule leaves out from now on, to be forgotten. */
  what: (rule: string) => Forget;
}

/** After a rule was added: what was kept before it, and a way to forget that too. */
export function AlsoForget({ rules, what }: Props) {
  const [rule, close] = useAdded(rules);
  if (rule === null) return null;
  return <Offer key={rule} rule={rule} what={what(rule)} onClose={close} />;
}

function Offer({ rule, what, onClose }: { rule: string; what: Forget; onClose: () => void }) {
  const [isAsking, setAsking] = useState(false);
  const counts = useEngine({ request: "forget_preview", what }).data?.counts;
  if (!counts || isNothing(counts)) return null;
  return (
    <div className={styles.alsoForget} role="status">
      <p>
        {rule} is left out from now on. Kept before: {countsWords(counts)}.
      </p>
      <Button small look="danger" icon="trash" onClick={() => setAsking(true)}>
        Also forget what was kept…
      </Button>
      <Button small onClick={onClose}>
        Keep it
      </Button>
      {isAsking && (
        <ForgetDialog
          name={`what was kept of ${rule}`}
          what={what}
          onClose={() => setAsking(false)}
          onForgotten={onClose}
        />
      )}
    </div>
  );
}

/** The rule that was added last, until it is taken out again or the offer is closed. */
function useAdded(rules: string[]): [string | null, () => void] {
  const before = useRef(rules);
  const [added, setAdded] = useState<string | null>(null);
  useEffect(() => {
    const fresh = rules.find((rule) => !before.current.includes(rule));
    before.current = rules;
    setAdded((last) => fresh ?? (last !== null && rules.includes(last) ? last : null));
  }, [rules]);
  return [added, () => setAdded(null)];
}
