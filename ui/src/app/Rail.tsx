import { Icon, type IconName } from "../components/Icon";
import { Mark } from "../components/Mark";
import type { Status } from "../lib/bindings";
import { useClock } from "../lib/clock";
import { useAct } from "../lib/engine";
import { type Surface, useNavigation } from "../lib/navigation";
import { useNow } from "../lib/now";
import { describe } from "../lib/status";
import styles from "./Home.module.css";

const ITEMS: { surface: Surface; label: string; icon: IconName }[] = [
  { surface: "chat", label: "Chat", icon: "chat" },
  { surface: "timeline", label: "Timeline", icon: "timeline" },
  { surface: "memories", label: "Memories", icon: "memories" },
  { surface: "privacy", label: "Privacy", icon: "privacy" },
];

/** The way between the surfaces, and at its foot what capture does right now. */
export function Rail({ status }: { status: Status | undefined }) {
  const lock = useAct<"lock">();
  return (
    <nav className={styles.rail} aria-label="Surfaces">
      <span className={styles.mark}>
        <Mark />
      </span>
      {ITEMS.map((item) => (
        <RailItem key={item.surface} {...item} />
      ))}
      <span className={styles.space} />
      {status && <StateItem status={status} />}
      <RailItem surface="settings" label="Settings" icon="settings" />
      <button type="button" className={styles.item} onClick={() => lock.mutate({ request: "lock" })}>
        <Icon name="lock" size={20} />
        Lock
      </button>
    </nav>
  );
}

function RailItem({ surface, label, icon }: { surface: Surface; label: string; icon: IconName }) {
  const { place, go } = useNavigation();
  const isHere = place.surface === surface;
  return (
    <button
      type="button"
      className={styles.item}
      aria-current={isHere ? "page" : undefined}
      onClick={() => !isHere && go({ surface })}
    >
      <Icon name={icon} size={20} />
      {label}
    </button>
  );
}

function StateItem({ status }: { status: Status }) {
  const { go } = useNavigation();
  const state = describe(status, useClock(), useNow());
  return (
    <button
      type="button"
      className={styles.state}
      title={state.sentence}
      aria-label={`${state.word}. ${state.sentence} Open privacy.`}
      onClick={() => go({ surface: "privacy" })}
    >
      <span className={styles.dot} data-tone={state.tone} />
      {state.word}
    </button>
  );
}
