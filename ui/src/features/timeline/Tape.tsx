import { type PointerEvent, useEffect, useMemo, useRef, useState, type WheelEvent } from "react";
import { IconButton } from "../../components/Button";
import type { FrameId, Gap, GapReason, TimelineFrame, TimeRange, Timestamp } from "../../lib/bindings";
import { counted, duration, useClock } from "../../lib/clock";
import { appColor } from "../../lib/color";
import styles from "./Timeline.module.css";
import { extentOf, legendOf, nearest, segmentsOf, showing, ticksOf, within, zoomed } from "./tape";

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
  /** How many frames there are, when not all are shown. */
  thinned: number | null;
  monitors: string[];
  monitor: string | null;
  onMonitor: (monitor: string | null) => void;
  onShow: (id: FrameId) => void;
}

/** The day as a tape: coloured by app, gaps hatched and named. */
export function Tape({ day, frames, gaps, index, thinned, monitors, monitor, onMonitor, onShow }: Props) {
  const clock = useClock();
  const extent = useMemo(() => extentOf(day, frames, gaps), [day, frames, gaps]);
  const segments = useMemo(() => segmentsOf(frames, gaps, Math.min(day.to, Date.now())), [frames, gaps, day]);
  const at = frames[index]?.at ?? extent.from;
  const { view, zoom, pan } = useView(extent, at);
  const place = (range: TimeRange) => placeIn(view, range);
  const isIn = (range: TimeRange) => range.to >= view.from && range.from <= view.to;

  const pick = (event: PointerEvent<HTMLElement>) => {
    const bounds = event.currentTarget.getBoundingClientRect();
    const moment = view.from + ((event.clientX - bounds.left) / bounds.width) * (view.to - view.from);
    const frame = frames[nearest(frames, moment)];
    if (frame) onShow(frame.id);
  };
  const onWheel = (event: WheelEvent) => {
    if (event.ctrlKey) zoom(event.deltaY > 0 ? 1.25 : 0.8);
    else pan((event.deltaX || event.deltaY) / 1000);
  };
  return (
    <div className={styles.tapePlace}>
      {/* The arrow keys are heard by the whole timeline. */}
      <div
        className={styles.tape}
        role="slider"
        tabIndex={0}
        aria-label="Time"
        aria-valuemin={0}
        aria-valuemax={Math.max(0, frames.length - 1)}
        aria-valuenow={Math.max(0, index)}
        aria-valuetext={`${clock.seconds(at)}, ${frames[index]?.app ?? "nothing"}`}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture?.(event.pointerId);
          pick(event);
        }}
        onPointerMove={(event) => event.buttons === 1 && pick(event)}
        onWheel={onWheel}
      >
        {segments.filter(isIn).map((segment) => (
          <span
            key={segment.first}
            className={styles.segment}
            style={{ ...place(segment), background: appColor(segment.app) }}
            title={`${segment.app}, ${clock.time(segment.from)}–${clock.time(segment.to)}`}
          />
        ))}
        {gaps
          .filter(({ range }) => isIn(range))
          .map((gap) => (
            <span
              key={`${gap.range.from} ${gap.reason}`}
              className={styles.gap}
              style={place(gap.range)}
              title={gapTitle(gap, clock.time)}
            >
              <span>{GAP_WORDS[gap.reason]}</span>
            </span>
          ))}
        <span className={styles.cursor} style={{ left: placeIn(view, { from: at, to: at }).left }} />
      </div>
      <div className={styles.ticks} aria-hidden="true">
        {ticksOf(view).map((tick) => (
          <span key={tick} style={{ left: placeIn(view, { from: tick, to: tick }).left }}>
            {clock.time(tick)}
          </span>
        ))}
      </div>
      <footer className={styles.legend}>
        <Legend segments={segments} />
        {thinned !== null && (
          <span className={styles.thinned}>
            {frames.length.toLocaleString()} of {counted(thinned, "frame")} drawn
          </span>
        )}
        {monitors.length > 1 && <MonitorChoice monitors={monitors} monitor={monitor} onMonitor={onMonitor} />}
        <IconButton icon="zoomOut" label="Zoom out" onClick={() => zoom(2)} />
        <IconButton icon="zoomIn" label="Zoom in" onClick={() => zoom(0.5)} />
      </footer>
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

function Legend({ segments }: { segments: ReturnType<typeof segmentsOf> }) {
  const apps = legendOf(segments);
  const others = apps.slice(LEGEND_APPS);
  return (
    <ul aria-label="Apps">
      {apps.slice(0, LEGEND_APPS).map(({ app, millis }) => (
        <li key={app}>
          <span className={styles.swatch} style={{ background: appColor(app) }} />
          {app} <small>{duration(millis)}</small>
        </li>
      ))}
      {others.length > 0 && <li>and {counted(others.length, "other")}</li>}
    </ul>
  );
}

function MonitorChoice({ monitors, monitor, onMonitor }: Pick<Props, "monitors" | "monitor" | "onMonitor">) {
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
