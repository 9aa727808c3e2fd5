import { useEffect, useMemo, useState } from "react";
import { Empty, Loading } from "../../components/Empty";
import { FailureNote } from "../../components/FailureNote";
import type { Day, FrameId, Gap, Rect, TimelineFrame } from "../../lib/bindings";
import { colorsOf } from "../../lib/color";
import { useEngine } from "../../lib/engine";
import { FrameStage } from "./FrameStage";
import { Strip } from "./Strip";
import { Tape } from "./Tape";
import type { Opened } from "./Timeline";
import styles from "./Timeline.module.css";
import { appChange, nearest } from "./tape";
import { useTapeKeys } from "./useTapeKeys";

/** More would not be told apart on the tape; what lies between is reached frame by frame. */
const MOST_FRAMES = 4000;
const PLAY_MS = 500;
const NO_FRAMES: TimelineFrame[] = [];
const NO_GAPS: Gap[] = [];

/** One day: the frame that is looked at, its neighbours, and the tape. */
export function DayView({ day, opened }: { day: Day; opened: Opened | null }) {
  const timeline = useEngine(
    { request: "timeline", range: day.range, limit: MOST_FRAMES },
    { keepPrevious: true },
  );
  const frames = timeline.data?.frames ?? NO_FRAMES;
  const gaps = timeline.data?.gaps ?? NO_GAPS;
  const monitors = useMemo(() => [...new Set(frames.map((frame) => frame.monitor))], [frames]);
  const [monitor, setMonitor] = useState<string | null>(null);
  const lane = useMemo(
    () => (monitor ? frames.filter((frame) => frame.monitor === monitor) : frames),
    [frames, monitor],
  );
  const color = useMemo(() => colorsOf(frames.map((frame) => frame.app)), [frames]);
  const isThinned = (timeline.data?.total ?? 0) > frames.length;
  const { shown, boxes, index, move, playing, setPlaying, show } = useScrubbing(lane, opened, isThinned);

  if (timeline.error) return <FailureNote failure={timeline.error} onRetry={timeline.refetch} />;
  if (timeline.isPending) return <Loading what="Loading the day" />;
  if (shown === null) return <NoFrames gaps={gaps} />;
  return (
    <div className={styles.day}>
      <FrameStage
        id={shown}
        boxes={boxes}
        color={color}
        playing={playing}
        onPlay={() => setPlaying(!playing)}
        onStep={(step) => move({ by: "frame", step })}
        onDeleted={() => move({ by: "frame", step: 1 })}
      />
      <Strip frames={lane} index={index} color={color} onShow={show} />
      <Tape
        day={day.range}
        frames={lane}
        gaps={gaps}
        index={index}
        color={color}
        thinned={isThinned ? timeline.data.total : null}
        monitors={monitors}
        monitor={monitor}
        onMonitor={setMonitor}
        onShow={show}
      />
    </div>
  );
}

function NoFrames({ gaps }: { gaps: Gap[] }) {
  const forgotten = gaps.some((gap) => gap.reason === "forgotten");
  return (
    <Empty icon="picture" title="No pictures of this day">
      <p>
        {forgotten
          ? "They were forgotten, or their time was up."
          : "Capture was off, or the day holds only texts and memories."}
      </p>
    </Empty>
  );
}

export type Move = { by: "frame" | "app"; step: 1 | -1 } | { by: "end"; step: 1 | -1 };

/** Which frame is looked at, and the ways from it to others. */
function useScrubbing(frames: TimelineFrame[], opened: Opened | null, isThinned: boolean) {
  const [chosen, setChosen] = useState<FrameId | null>(opened?.frame ?? null);
  const [playing, setPlaying] = useState(false);
  const shown = chosen ?? frames.at(-1)?.id ?? null;
  const view = useEngine(shown ? { request: "frame", id: shown } : null, { keepPrevious: true }).data?.frame;
  const exact = frames.findIndex((frame) => frame.id === shown);
  const index = exact >= 0 || !view ? exact : nearest(frames, view.at);

  const show = (id: FrameId | undefined) => id && setChosen(id);
  const move = (move: Move) => {
    if (move.by === "end") return show((move.step === 1 ? frames.at(-1) : frames[0])?.id);
    if (move.by === "app") return show(frames[appChange(frames, index, move.step)]?.id);
    const neighbour = move.step === 1 ? view?.next : view?.previous;
    return show(isThinned && view?.id === shown && neighbour ? neighbour : frames[index + move.step]?.id);
  };
  useTapeKeys(move, () => setPlaying((playing) => !playing));

  const isLast = index === frames.length - 1;
  // biome-ignore lint/correctness/useExhaustiveDependencies: each frame shown sets up the step to the next
  useEffect(() => {
    if (!playing) return;
    if (isLast) return setPlaying(false);
    const timer = setTimeout(() => move({ by: "frame", step: 1 }), PLAY_MS);
    return () => clearTimeout(timer);
  }, [playing, index, isLast]);

  const boxes: Rect[] = opened && opened.frame === shown ? opened.boxes : [];
  return { shown, boxes, index, move, playing, setPlaying, show };
}
