import { useState } from "react";
import { Button } from "../../components/Button";
import { Icon, type IconName } from "../../components/Icon";
import { Mark } from "../../components/Mark";
import type { Profile } from "../../lib/transport";
import { Protect } from "./Protect";
import styles from "./Welcome.module.css";

const POINTS: { icon: IconName; title: string; text: string }[] = [
  {
    icon: "eye",
    title: "What is watched",
    text: "The windows on your screen, once every couple of seconds, and only what changed. No sound, no keystrokes, no clipboard. Password managers and private browser windows are painted over before anything is read.",
  },
  {
    icon: "machine",
    title: "Where it stays",
    text: "In one encrypted folder on this machine. The models that read and answer run here too. Nothing is ever sent anywhere: there is no account and no server.",
  },
  {
    icon: "trash",
    title: "What you can do about it",
    text: "Pause at any time, see what is being recorded, and forget the last five minutes, an app, or everything, with a receipt of what was removed.",
  },
];

/** First run: what Afterimage does, in plain words, and the key to it. */
export function Welcome({
  profile,
  onMade,
}: {
  profile: Profile;
  /** The profile is made; with its recovery code. */
  onMade: (code: string | null) => void;
}) {
  const [step, setStep] = useState<"explain" | "protect">("explain");
  return (
    <main className={styles.page}>
      {step === "explain" ? (
        <Explain onNext={() => setStep("protect")} />
      ) : (
        <Protect profile={profile} onBack={() => setStep("explain")} onMade={onMade} />
      )}
    </main>
  );
}

function Explain({ onNext }: { onNext: () => void }) {
  return (
    <section className={`${styles.card} ${styles.wide}`}>
      <span className={styles.mark}>
        <Mark size={44} />
      </span>
      <h1>Afterimage remembers what passed over your screen</h1>
      <p className={styles.quiet}>
        Ask it what you read, where you saw it, and what you decided. Before it begins, this is what it does.
      </p>
      <ul className={styles.points}>
        {POINTS.map((point) => (
          <li key={point.title}>
            <Icon name={point.icon} size={22} />
            <div>
              <h2>{point.title}</h2>
              <p>{point.text}</p>
            </div>
          </li>
        ))}
      </ul>
      <p className={styles.quiet}>
        Nothing is watched yet. You will be asked once more before the first picture.
      </p>
      <Button look="primary" onClick={onNext}>
        Continue
      </Button>
    </section>
  );
}
