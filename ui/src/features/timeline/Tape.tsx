import { type PointerEvent, useEffect, useMemo, useRef, useState, type WheelEvent } from "react";
import { IconButton } from "../../components/Button";
import type { FrameId, Gap, GapReason, TimelineFrame, TimeRange, Timestamp } from "../../lib/bindings";
import { counted, duration, useClock } from "../../lib/clock";
import styles from "./Timeline.module.css";
import {
  extentOf,
  legendOf,
  nearest,
  type Segment,
  segmentsOf,
  showing,
  ticksOf,
  within,
  zoomed,
} from "./tape";

const GAP_WORDS: Record<GapReason, string> = {
  paused: "Paused",
  locked: "Locked",
  excluded: "Excluded",
  idle: "Idle",
  blocked: "Screen not visible",
  overload: "Machine too busy",
  forgotten: "Forgotten",
};

const LEGEND_APPS = 8;

interface Props {
  day: TimeRange;
  frames: TimelineFrame[];
  gaps: Gap[];
  index: number;
  color: (app: string) => string;
  /** How many frames there are, when not all are shown. */
  thinned: number | null;
  monitors: string[];
  monitor: string | null;
  onMonitor: (monitor: string | null) => void;
  onShow: (id: FrameId) => void;
}

/** The day as a tape: coloured by app, gaps hatched and named. */
export function Tape(props: Props) {
  const { day, frames, gaps, index, color, thinned, onShow } = props;
  const clock = useClock();
  const extent = useMemo(() => extentOf(day, frames, gaps), [day, frames, gaps]);
  const segments = useMemo(() => segmentsOf(frames, gaps, Math.min(day.to, Date.now())), [frames, gaps, day]);
  const at = frames[index]?.at ?? extent.from;
  const { view, zoom, pan } = useView(extent, at);
  const isIn = (range: TimeRange) => range.to >= view.from && range.from <= view.to;
  const pick = (share: number) => {
    const frame = frames[nearest(frames, view.from + share * (view.to - view.from))];
    if (frame) onShow(frame.id);
  };
  const value = `${clock.seconds(at)}, ${frames[index]?.app ?? "nothing"}`;
  return (
    <div className={styles.tapePlace}>
      <Track value={value} index={index} count={frames.length} onPick={pick} onZoom={zoom} onPan={pan}>
        {segments.filter(isIn).map((segment) => (
          <SegmentView key={segment.first} segment={segment} view={view} color={color(segment.app)} />
        ))}
        {gaps
          .filter(({ range }) => isIn(range))
          .map((gap) => (
            <GapView key={`${gap.range.from} ${gap.reason}`} gap={gap} view={view} />
          ))}
        <span className={styles.cursor} style={{ left: placeIn(view, { from: at, to: at }).left }} />
      </Track>
      <Ticks view={view} />
      <footer className={styles.legend}>
        <Legend segments={segments} color={color} />
        {thinned !== null && (
          <span className={styles.thinned}>
            {frames.length.toLocaleString()} of {counted(thinned, "frame")} drawn
          </span>
        )}
        <MonitorChoice {...props} />
        <IconButton icon="zoomOut" label="Zoom out" onClick={() => zoom(2)} />
        <IconButton icon="zoomIn" label="Zoom in" onClick={() => zoom(0.5)} />
      </footer>
    </div>
  );
}

interface TrackProps {
  value: string;
  index: number;
  count: number;
  /** The share of the width that was pressed. */
  onPick: (share: number) => void;
  onZoom: (factor: number) => void;
  onPan: (share: number) => void;
  children: React.ReactNode;
}

/** Where one presses, drags and scrolls. The arrow keys are heard by the whole timeline. */
function Track({ value, index, count, onPick, onZoom, onPan, children }: TrackProps) {
  const pick = (event: PointerEvent<HTMLElement>) => {
    const bounds = event.currentTarget.getBoundingClientRect();
    onPick((event.clientX - bounds.left) / bounds.width);
  };
  const onWheel = (event: WheelEvent) => {
    if (event.ctrlKey) onZoom(event.deltaY > 0 ? 1.25 : 0.8);
    else onPan((event.deltaX || event.deltaY) / 1000);
  };
  return (
    <div
      className={styles.tape}
      role="slider"
      tabIndex={0}
      aria-label="Time"
      aria-valuemin={0}
      aria-valuemax={Math.max(0, count - 1)}
      aria-valuenow={Math.max(0, index)}
      aria-valuetext={value}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture?.(event.pointerId);
        pick(event);
      }}
      onPointerMove={(event) => event.buttons === 1 && pick(event)}
      onWheel={onWheel}
    >
      {children}
    </div>
  );
}

function SegmentView({ segment, view, color }: { segment: Segment; view: TimeRange; color: string }) {
  const clock = useClock();
  const title = `${segment.app}, ${clock.time(segment.from)}–${clock.time(segment.to)}`;
  return (
    <span className={styles.segment} style={{ ...placeIn(view, segment), background: color }} title={title} />
  );
}

function GapView({ gap, view }: { gap: Gap; view: TimeRange }) {
  const clock = useClock();
  return (
    <span className={styles.gap} style={placeIn(view, gap.range)} title={gapTitle(gap, clock.time)}>
      <span>{GAP_WORDS[gap.reason]}</span>
    </span>
  );
}

function Ticks({ view }: { view: TimeRange }) {
  const clock = useClock();
  return (
    <div className={styles.ticks} aria-hidden="true">
      {ticksOf(view).map((tick) => (
        <span key={tick} style={{ left: placeIn(view, { from: tick, to: tick }).left }}>
          {clock.time(tick)}
        </span>
      ))}
    </div>
  );
}

/** The part of the day that the tape shows. Follows the frame looked at. */
function useView(extent: TimeRange, at: Timestamp) {
  const [zoomedView, setView] = useState<TimeRange | null>(null);
  const view = zoomedView ?? extent;
  const last = useRef(at);
  useEffect(() => {
    if (last.current === at) return;
    last.current = at;
    setView((view) => view && showing(view, at, extent));
  }, [at, extent]);
  const zoom = (factor: number) => {
    const next = zoomed(view, Math.min(Math.max(at, view.from), view.to), factor, extent);
    setView(next.to - next.from >= extent.to - extent.from ? null : next);
  };
  const pan = (share: number) => {
    const length = view.to - view.from;
    if (zoomedView) setView(within(view.from + share * length, length, extent));
  };
  return { view, zoom, pan };
}

function placeIn(view: TimeRange, range: TimeRange) {
  const share = (at: Timestamp) => ((at - view.from) / (view.to - view.from)) * 100;
  const [left, right] = [Math.max(-1, share(range.from)), Math.min(101, share(range.to))];
  return { left: `${left.toFixed(3)}%`, width: `${Math.max(0.15, right - left).toFixed(3)}%` };
}

function gapTitle(gap: Gap, time: (at: Timestamp) => string): string {
  const shed = gap.count > 0 ? `, ${counted(gap.count, "frame")} shed` : "";
  return `${GAP_WORDS[gap.reason]}, ${time(gap.range.from)}–${time(gap.range.to)} (${duration(gap.range.to - gap.range.from)})${shed}`;
}

function Legend({ segments, color }: { segments: Segment[]; color: Props["color"] }) {
  const apps = legendOf(segments);
  const others = apps.slice(LEGEND_APPS);
  return (
    <ul aria-label="Apps">
      {apps.slice(0, LEGEND_APPS).map(({ app, millis }) => (
        <li key={app}>
          <span className={styles.swatch} style={{ background: color(app) }} />
          {app} <small>{duration(millis)}</small>
        </li>
      ))}
      {others.length > 0 && <li>and {counted(others.length, "other")}</li>}
    </ul>
  );
}

function MonitorChoice({ monitors, monitor, onMonitor }: Pick<Props, "monitors" | "monitor" | "onMonitor">) {
  if (monitors.length < 2) return null;
  return (
    <select
      aria-label="Monitor"
      className={styles.monitor}
      value={monitor ?? ""}
      onChange={(event) => onMonitor(event.target.value || null)}
    >
      <option value="">All monitors</option>
      {monitors.map((name) => (
        <option key={name}>{name}</option>
      ))}
    </select>
  );
}
