import { useEffect, useRef, useState } from "react";
import { IconButton } from "../../components/Button";
import type { Day } from "../../lib/bindings";
import { counted } from "../../lib/clock";
import styles from "./Timeline.module.css";

interface Props {
  days: Day[];
  chosen: string | undefined;
  onPick: (date: string) => void;
  onClose: () => void;
}

/** A month with its days shaded by how much they hold. */
export function Calendar({ days, chosen, onPick, onClose }: Props) {
  const [month, setMonth] = useState((chosen ?? days[0]?.date ?? "2000-01-01").slice(0, 7));
  const held = new Map(days.map((day) => [day.date, day]));
  const most = Math.max(1, ...days.map((day) => day.frames));
  const box = useClosing(onClose);
  return (
    <div ref={box} className={styles.calendar} role="dialog" aria-label="Choose a day">
      <header>
        <IconButton icon="left" label="Earlier month" onClick={() => setMonth(otherMonth(month, -1))} />
        <strong>{monthName(month)}</strong>
        <IconButton icon="right" label="Later month" onClick={() => setMonth(otherMonth(month, 1))} />
      </header>
      <div className={styles.month}>
        {datesOf(month).map((date, index) => (
          <DayCell
            key={date ?? `blank ${index}`}
            date={date}
            day={held.get(date ?? "")}
            most={most}
            chosen={chosen}
            onPick={onPick}
          />
        ))}
      </div>
    </div>
  );
}

interface CellProps {
  date: string | null;
  day: Day | undefined;
  most: number;
  chosen: string | undefined;
  onPick: (date: string) => void;
}

function DayCell({ date, day, most, chosen, onPick }: CellProps) {
  if (date === null) return <span />;
  const number = Number(date.slice(8));
  if (!day) return <span className={styles.noDay}>{number}</span>;
  const label = `${date}: ${counted(day.frames, "frame")}, ${counted(day.memories, "memory", "memories")}`;
  const share = Math.sqrt(day.frames / most);
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      aria-current={date === chosen ? "date" : undefined}
      style={{ "--share": `${Math.round(15 + share * 60)}%` } as React.CSSProperties}
      onClick={() => onPick(date)}
    >
      {number}
    </button>
  );
}

/** The dates of a month (`2026-11`) with blanks before the first, so that columns are weekdays from Monday. */
export function datesOf(month: string): (string | null)[] {
  const [year, number] = month.split("-").map(Number);
  const blanks = (new Date(Date.UTC(year, number - 1, 1)).getUTCDay() + 6) % 7;
  const length = new Date(Date.UTC(year, number, 0)).getUTCDate();
  const dates = Array.from({ length }, (_, index) => `${month}-${String(index + 1).padStart(2, "0")}`);
  return [...new Array<null>(blanks).fill(null), ...dates];
}

/** The month some months later. */
export function otherMonth(month: string, step: number): string {
  const [year, number] = month.split("-").map(Number);
  return new Date(Date.UTC(year, number - 1 + step, 1)).toISOString().slice(0, 7);
}

const monthName = (month: string) =>
  new Intl.DateTimeFormat(undefined, { month: "long", year: "numeric", timeZone: "UTC" }).format(
    new Date(`${month}-01T00:00:00Z`),
  );

/** Closes on Esc and on a press elsewhere. */
function useClosing(onClose: () => void) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const onPress = (event: MouseEvent) =>
      !box.current?.parentElement?.contains(event.target as Node) && onClose();
    const onKey = (event: KeyboardEvent) => event.key === "Escape" && onClose();
    window.addEventListener("mousedown", onPress);
    window.addEventListener("keydown", onKey);
    return () => {
      window.removeEventListener("mousedown", onPress);
      window.removeEventListener("keydown", onKey);
    };
  }, [onClose]);
  return box;
}
