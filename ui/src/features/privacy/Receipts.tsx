import { Card } from "../../components/Card";
import { FailureNote } from "../../components/FailureNote";
import { countsWords } from "../../components/ForgetDialog";
import { useClock } from "../../lib/clock";
import { useEngine } from "../../lib/engine";
import styles from "./Privacy.module.css";

/** The proofs of what was forgotten. */
export function Receipts() {
  const clock = useClock();
  const loaded = useEngine({ request: "receipts" });
  const receipts = loaded.data?.receipts ?? [];
  return (
    <Card title="Receipts" about="What was forgotten, when, and how much of it. No content.">
      {loaded.error && <FailureNote failure={loaded.error} onRetry={loaded.refetch} />}
      {loaded.isSuccess && receipts.length === 0 && (
        <p className={styles.quiet}>Nothing has been forgotten yet.</p>
      )}
      <ul className={styles.receipts}>
        {receipts.map((receipt) => (
          <li key={receipt.id}>
            <span>{clock.moment(receipt.at)}</span>
            <strong>{receipt.what}</strong>
            <span>{countsWords(receipt.counts)}</span>
          </li>
        ))}
      </ul>
    </Card>
  );
}
