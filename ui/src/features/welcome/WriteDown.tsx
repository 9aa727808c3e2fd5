import { RecoveryCode } from "../../components/RecoveryCode";
import styles from "./Welcome.module.css";

/** After a profile was made: its recovery code, before anything else. */
export function WriteDown({ code, onDone }: { code: string; onDone: () => void }) {
  return (
    <main className={styles.page}>
      <section className={styles.card}>
        <h1>Write down your recovery code</h1>
        <RecoveryCode code={code} onDone={onDone} />
      </section>
    </main>
  );
}
