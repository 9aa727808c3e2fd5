import { useEffect, useRef } from "react";
import { IconButton } from "../../components/Button";
import { Loading } from "../../components/Empty";
import { FailureNote } from "../../components/FailureNote";
import { Icon } from "../../components/Icon";
import type { ThreadId, Turn } from "../../lib/bindings";
import { useEngine } from "../../lib/engine";
import type { Open } from "./Chat";
import styles from "./Chat.module.css";
import { Composer } from "./Composer";
import { ExchangeView } from "./ExchangeView";
import { Suggestions } from "./Suggestions";
import { TurnView } from "./TurnView";
import { type Exchange, useAsking } from "./useAsking";

interface Props {
  open: Open;
  isShown: boolean;
  onStarted: (thread: ThreadId) => void;
  onTemporary: (temporary: boolean) => void;
}

/** One conversation: its turns, the answer that is coming, and where to write. */
export function Conversation({ open, isShown, onStarted, onTemporary }: Props) {
  const { exchanges, ask, drop, busy, stop } = useAsking({ ...open, onStarted });
  const turns = useEngine(open.thread ? { request: "turns", thread: open.thread } : null);
  const earlier = withoutThisSitting(turns.data?.turns ?? [], exchanges);
  const isEmpty = earlier.length === 0 && exchanges.length === 0 && !turns.isLoading;
  const asked = [
    ...earlier.filter((turn) => turn.role === "user").map((turn) => turn.text),
    ...exchanges.map((e) => e.question),
  ];
  const foot = useFollowing(exchanges);
  const where = useWhere();
  return (
    <section className={styles.conversation} aria-label={open.temporary ? "Temporary chat" : "Chat"}>
      <header className={styles.bar}>
        <Icon name="machine" size={15} />
        <span>{where}</span>
        {open.temporary && <span className={styles.temporary}>Temporary: nothing of this chat is kept</span>}
        <IconButton
          icon="ghost"
          label={open.temporary ? "Leave the temporary chat" : "Temporary chat: keep nothing"}
          aria-pressed={open.temporary}
          onClick={() => onTemporary(!open.temporary)}
        />
      </header>
      <div className={styles.turns}>
        {turns.isLoading && <Loading what="Opening the conversation" />}
        {turns.error && <FailureNote failure={turns.error} onRetry={turns.refetch} />}
        {isEmpty && <Suggestions onAsk={ask} />}
        {earlier.map((turn) => (
          <TurnView key={turn.observation} turn={turn} />
        ))}
        {exchanges.map((exchange) => (
          <ExchangeView
            key={exchange.id}
            exchange={exchange}
            onRetry={() => {
              drop(exchange.id);
              ask(exchange.question);
            }}
          />
        ))}
        <div ref={foot} />
      </div>
      <Composer isShown={isShown} busy={busy} asked={asked} first={open.draft} onAsk={ask} onStop={stop} />
    </section>
  );
}

/** Where the words go. */
function useWhere(): string {
  const model = useEngine({ request: "status" }).data?.status.model;
  if (model?.state === "loading") return "The model is being loaded. You can ask already.";
  if (model?.state === "ready") return `Read and answered on this machine by ${model.id}.`;
  return "Everything here is read and answered on this machine.";
}

/** What was asked in this sitting is shown with its evidence; the stored turns of it would show it twice. */
export function withoutThisSitting(turns: Turn[], exchanges: Exchange[]): Turn[] {
  const began = exchanges[0]?.at;
  if (began === undefined) return turns;
  const first = turns.findIndex(
    (turn) => turn.role === "user" && turn.text === exchanges[0].question && turn.at >= began - 2000,
  );
  return first < 0 ? turns.filter((turn) => turn.at < began) : turns.slice(0, first);
}

/** Keeps the newest words in view, unless the user scrolled away to read. */
function useFollowing(exchanges: Exchange[]) {
  const foot = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const list = foot.current?.parentElement;
    if (!list || exchanges.length === 0) return;
    const distance = list.scrollHeight - list.scrollTop - list.clientHeight;
    if (distance < 160) list.scrollTop = list.scrollHeight;
  }, [exchanges]);
  useEffect(() => {
    if (exchanges.length > 0) foot.current?.scrollIntoView({ block: "end" });
  }, [exchanges.length]);
  return foot;
}
