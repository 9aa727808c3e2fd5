import { useRef, useState } from "react";
import { Button, IconButton } from "../../components/Button";
import { Icon } from "../../components/Icon";
import type { Day } from "../../lib/bindings";
import { counted, useClock } from "../../lib/clock";
import { useFocusKey } from "../../lib/focusKey";
import { useNavigation } from "../../lib/navigation";
import { Calendar } from "./Calendar";
import styles from "./Timeline.module.css";

interface Props {
  days: Day[];
  day: Day | undefined;
  query: string;
  onQuery: (query: string) => void;
  onDay: (date: string) => void;
}

/** Which day, and the search over all of them. */
export function DayBar({ days, day, query, onQuery, onDay }: Props) {
  const clock = useClock();
  const { place, back } = useNavigation();
  const [isPicking, setPicking] = useState(false);
  const at = days.findIndex(({ date }) => date === day?.date);
  const [older, newer] = [days[at + 1], days[at - 1]];
  return (
    <header className={styles.dayBar}>
      {place.surface === "timeline" && place.frame && back && (
        <IconButton icon="back" label="Back to where you were" onClick={back} />
      )}
      <div className={styles.dayPicker}>
        <IconButton
          icon="left"
          label="Earlier day"
          disabled={!older}
          onClick={() => older && onDay(older.date)}
        />
        <Button
          aria-expanded={isPicking}
          aria-haspopup="dialog"
          disabled={days.length === 0}
          onClick={() => setPicking(!isPicking)}
        >
          {day ? clock.dayName(day.range.from + 1) : "No days yet"}
        </Button>
        <IconButton
          icon="right"
          label="Later day"
          disabled={!newer}
          onClick={() => newer && onDay(newer.date)}
        />
        {isPicking && (
          <Calendar
            days={days}
            chosen={day?.date}
            onClose={() => setPicking(false)}
            onPick={(date) => {
              setPicking(false);
              onDay(date);
            }}
          />
        )}
      </div>
      {day && (
        <span className={styles.dayCount}>
          {counted(day.frames, "frame")} · {counted(day.memories, "memory", "memories")}
        </span>
      )}
      <SearchBox query={query} onQuery={onQuery} />
    </header>
  );
}

function SearchBox({ query, onQuery }: { query: string; onQuery: (query: string) => void }) {
  const [text, setText] = useState(query);
  const box = useRef<HTMLInputElement>(null);
  useFocusKey(box);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const change = (text: string) => {
    setText(text);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => onQuery(text), 200);
  };
  // Leaving the results empties the box.
  const [last, setLast] = useState(query);
  if (last !== query) {
    setLast(query);
    if (query === "") setText("");
  }
  return (
    <search className={styles.searchBox}>
      <Icon name="search" size={15} />
      <input
        ref={box}
        type="search"
        title="/"
        aria-label="Search everything seen"
        placeholder="Search everything seen, e.g. invoice last week"
        value={text}
        spellCheck={false}
        autoComplete="off"
        onChange={(event) => change(event.target.value)}
        onKeyDown={(event) => event.key === "Escape" && change("")}
      />
    </search>
  );
}
