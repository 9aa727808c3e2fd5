import { Button } from "../../components/Button";
import { FailureNote } from "../../components/FailureNote";
import { Icon } from "../../components/Icon";
import { useAct, useEngine } from "../../lib/engine";
import styles from "./Welcome.module.css";

/** The question before the first picture. */
export function Consent({ onDone }: { onDone: () => void }) {
  const consent = useAct<"consent">(onDone);
  const settings = useEngine({ request: "settings" }).data?.settings;
  const seconds = settings ? settings.interval_ms / 1000 : 2;
  const days = settings?.keep_pictures_days ?? 14;
  return (
    <main className={styles.page}>
      <section className={styles.card}>
        <span className={styles.mark}>
          <Icon name="eye" size={40} />
        </span>
        <h1>May Afterimage watch your screen?</h1>
        <ul className={styles.facts}>
          <li>A look every {seconds} seconds while you are at the machine, on every monitor.</li>
          <li>
            Pictures are kept {days === 0 ? "until you delete them" : `for ${days} days`}, the text and the
            memories made from it until you forget them.
          </li>
          <li>
            {settings?.excluded_apps.length ?? "Many"} apps are left out from the start, among them password
            managers.
          </li>
          <li>Other people may be on your screen too. Think of them, and of the rules where you work.</li>
        </ul>
        <p className={styles.quiet}>
          You can pause, exclude apps, or take this back under Privacy at any time.
        </p>
        {consent.error && <FailureNote failure={consent.error} />}
        <Button
          look="primary"
          disabled={consent.isPending}
          onClick={() => consent.mutate({ request: "consent", granted: true })}
        >
          Yes, start watching
        </Button>
        <Button look="quiet" disabled={consent.isPending} onClick={onDone}>
          Not now
        </Button>
      </section>
    </main>
  );
}
