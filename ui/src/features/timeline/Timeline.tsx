import { useMemo, useState } from "react";
import { Empty, Loading } from "../../components/Empty";
import { FailureNote } from "../../components/FailureNote";
import type { Day, FrameId, Rect } from "../../lib/bindings";
import { useEngine } from "../../lib/engine";
import { useNavigation } from "../../lib/navigation";
import { DayBar } from "./DayBar";
import { DayView } from "./DayView";
import { SearchResults } from "./SearchResults";
import styles from "./Timeline.module.css";

/** A frame to be shown, and the boxes to draw on it. */
export interface Opened {
  frame: FrameId;
  boxes: Rect[];
}

/** What was on the screen, day by day. */
export function Timeline() {
  const { place } = useNavigation();
  const target = place.surface === "timeline" && place.frame ? place : undefined;
  // A citation that is opened while this is shown starts it anew.
  return (
    <TimelineAt
      key={target?.frame ?? "own"}
      opened={target ? { frame: target.frame as FrameId, boxes: target.boxes ?? [] } : null}
    />
  );
}

function TimelineAt({ opened: first }: { opened: Opened | null }) {
  const days = useEngine({ request: "days" });
  const [opened, setOpened] = useState<Opened | null>(first);
  const [date, setDate] = useState<string | null>(null);
  const [query, setQuery] = useState("");
  const day = useDayShown(days.data?.days ?? [], date, opened);

  if (days.error) return <FailureNote failure={days.error} onRetry={days.refetch} />;
  if (!days.data) return <Loading what="Opening the timeline" />;
  return (
    <div className={styles.timeline}>
      <DayBar
        days={days.data.days}
        day={day}
        query={query}
        onQuery={setQuery}
        onDay={(date) => {
          setOpened(null);
          setDate(date);
          setQuery("");
        }}
      />
      {query.trim() !== "" ? (
        <SearchResults
          query={query.trim()}
          onOpen={(opened) => {
            setOpened(opened);
            setDate(null);
            setQuery("");
          }}
        />
      ) : (
        <DayOrNothing day={day} opened={opened} />
      )}
    </div>
  );
}

function DayOrNothing({ day, opened }: { day: Day | undefined; opened: Opened | null }) {
  if (day) return <DayView key={`${day.date} ${opened?.frame}`} day={day} opened={opened} />;
  return (
    <Empty icon="timeline" title="Nothing has been seen yet">
      <p>
        With capture on, what is on your screen appears here within a few seconds. The state of capture is at
        the foot on the left.
      </p>
    </Empty>
  );
}

/** The chosen day, or that of the opened frame, or the newest. */
function useDayShown(days: Day[], date: string | null, opened: Opened | null): Day | undefined {
  const frame = useEngine(opened && date === null ? { request: "frame", id: opened.frame } : null).data
    ?.frame;
  return useMemo(() => {
    if (date !== null) return days.find((day) => day.date === date);
    if (opened) return frame && days.find(({ range }) => range.from <= frame.at && frame.at < range.to);
    return days.find((day) => day.frames > 0) ?? days[0];
  }, [days, date, opened, frame]);
}
