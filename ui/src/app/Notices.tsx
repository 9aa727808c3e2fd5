import { Button } from "../components/Button";
import { Icon } from "../components/Icon";
import type { Code, Status } from "../lib/bindings";
import { counted } from "../lib/clock";
import { remedyFor } from "../lib/failure";
import { type Place, useNavigation } from "../lib/navigation";
import styles from "./Home.module.css";

interface Notice {
  text: string;
  action: { label: string; place: Place } | null;
}

/** What the user should know wherever they are. */
export function Notices({ status }: { status: Status | undefined }) {
  const { go, place } = useNavigation();
  if (!status) return null;
  // What a surface says itself is not said twice.
  const elsewhere = noticesOf(status).filter(({ action }) => action?.place.surface !== place.surface);
  return elsewhere.map(({ text, action }) => (
    <div key={text} className={styles.notice} role="status">
      <Icon name="warning" />
      <p>{text}</p>
      {action && (
        <Button small onClick={() => go(action.place)}>
          {action.label}
        </Button>
      )}
    </div>
  ));
}

/** The troubles of a status, worst first. */
export function noticesOf(status: Status): Notice[] {
  const notices: Notice[] = [];
  if (status.capture.state === "blocked") notices.push(noticeOf(status.capture));
  if (status.model.state === "unavailable") notices.push(noticeOf(status.model));
  for (const text of status.damage) notices.push({ text, action: null });
  if (status.load === "slower" || status.load === "narrower") {
    const text =
      "Your computer is busy, so Afterimage looks at the screen less often for now. What you write is kept as always.";
    notices.push({ text, action: null });
  }
  if (status.failed_jobs > 0) {
    const text = `${counted(status.failed_jobs, "piece")} of background work failed and will not be tried again. What was seen is kept and can be searched.`;
    notices.push({ text, action: null });
  }
  return notices;
}

function noticeOf({ code, message }: { code: Code; message: string }): Notice {
  const remedy = remedyFor(code);
  return { text: message, action: remedy?.do === "go" ? { label: remedy.label, place: remedy.place } : null };
}
