import type { Failure } from "../lib/bindings";
import { remedyFor } from "../lib/failure";
import { useNavigation } from "../lib/navigation";
import { useSession } from "../lib/session";
import { Button } from "./Button";
import styles from "./FailureNote.module.css";
import { Icon } from "./Icon";

/** A failure: what went wrong, and the button that mends it where there is one. */
export function FailureNote({ failure, onRetry }: { failure: Failure; onRetry?: () => void }) {
  return (
    <div className={styles.note} role="alert">
      <Icon name="warning" />
      <p>{failure.message}</p>
      <RemedyButton failure={failure} onRetry={onRetry} />
    </div>
  );
}

function RemedyButton({ failure, onRetry }: { failure: Failure; onRetry?: () => void }) {
  const { go } = useNavigation();
  const session = useSession();
  const remedy = remedyFor(failure.code);
  if (!remedy) return null;
  switch (remedy.do) {
    case "retry":
      return onRetry ? <RemedyAction label={remedy.label} run={onRetry} /> : null;
    case "unlock":
      return <RemedyAction label={remedy.label} run={session.check} />;
    case "go":
      return <RemedyAction label={remedy.label} run={() => go(remedy.place)} />;
  }
}

const RemedyAction = ({ label, run }: { label: string; run: () => void }) => (
  <Button small onClick={run}>
    {label}
  </Button>
);
