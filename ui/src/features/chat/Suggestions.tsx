import { Icon } from "../../components/Icon";
import { Mark } from "../../components/Mark";
import type { AppSeen, Memory, Status } from "../../lib/bindings";
import { useEngine } from "../../lib/engine";
import { useNavigation } from "../../lib/navigation";
import styles from "./Chat.module.css";

const SHOWN = 4;

/** What to ask when nothing was asked yet, made from what is really there. */
export function Suggestions({ onAsk }: { onAsk: (question: string) => void }) {
  const status = useEngine({ request: "status" }).data?.status;
  const memories = useEngine({ request: "memories", kind: null, text: null, offset: 0, limit: 20 }).data
    ?.memories;
  const apps = useEngine({ request: "apps" }).data?.apps;
  const questions = suggest(memories ?? [], apps ?? [], status);
  return (
    <div className={styles.suggestions}>
      <Mark size={40} />
      <h1>What do you want to remember?</h1>
      {questions.length === 0 ? <NothingYet /> : <p>Ask about anything you saw, read or said.</p>}
      <ul>
        {questions.map((question) => (
          <li key={question}>
            <button type="button" onClick={() => onAsk(question)}>
              {question}
              <Icon name="right" size={14} />
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

function NothingYet() {
  const { go } = useNavigation();
  return (
    <p>
      Nothing has been seen yet. Keep working for a minute with capture on, then ask what you just read. See{" "}
      <button type="button" className={styles.textButton} onClick={() => go({ surface: "privacy" })}>
        what would be recorded now
      </button>
      .
    </p>
  );
}

/** Up to four questions that this profile can answer. */
export function suggest(memories: Memory[], apps: AppSeen[], status: Status | undefined): string[] {
  const of = (kind: Memory["body"]["kind"]) => memories.find((memory) => memory.body.kind === kind);
  const [fact, event, page, way] = [of("semantic"), of("episodic"), of("resource"), of("procedural")];
  const app = apps.find((app) => !app.excluded);
  const questions = [
    fact &&
      `What do I know about ${fact.body.kind === "semantic" && fact.body.subject !== "" ? fact.body.subject : fact.title}?`,
    way && `How do I ${lowerFirst(way.title)}?`,
    page && `What did “${page.title}” say?`,
    app && `What did I do in ${app.app} today?`,
    event && "What happened yesterday?",
    status && status.frames_today > 0 && "What was I working on an hour ago?",
  ];
  return questions.filter((question): question is string => Boolean(question)).slice(0, SHOWN);
}

const lowerFirst = (text: string) => text.charAt(0).toLowerCase() + text.slice(1);
