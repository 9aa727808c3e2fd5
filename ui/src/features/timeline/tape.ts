import type { Gap, TimelineFrame, TimeRange, Timestamp } from "../../lib/bindings";

/** A stretch during which one app was in front. */
export interface Segment {
  app: string;
  from: Timestamp;
  to: Timestamp;
  /** Index of its first frame. */
  first: number;
}

/** How long the last frame of a stretch is taken to stand when nothing follows. */
const LAST_STANDS_MS = 15_000;

/**
 * The stretches of a day. A frame stands until the next one, since frames that look the same are not kept, but never into a gap and
 * never past `end`.
 */
export function segmentsOf(frames: TimelineFrame[], gaps: Gap[], end: Timestamp): Segment[] {
  const segments: Segment[] = [];
  frames.forEach((frame, index) => {
    const next = frames[index + 1]?.at ?? Math.min(end, frame.at + LAST_STANDS_MS);
    const gap = gaps.find(({ range }) => range.from >= frame.at && range.from < next);
    const to = Math.max(frame.at, gap ? gap.range.from : next);
    const last = segments.at(-1);
    if (last && last.app === frame.app && last.to === frame.at) last.to = to;
    else segments.push({ app: frame.app, from: frame.at, to, first: index });
  });
  return segments;
}

/** Apps by the time they were in front, longest first. */
export function legendOf(segments: Segment[]): { app: string; millis: number }[] {
  const sums = new Map<string, number>();
  for (const { app, from, to } of segments) sums.set(app, (sums.get(app) ?? 0) + to - from);
  return [...sums].map(([app, millis]) => ({ app, millis })).sort((a, b) => b.millis - a.millis);
}

/** The index of the frame nearest to a moment; -1 when there is none. Frames are in order of time. */
export function nearest(frames: TimelineFrame[], at: Timestamp): number {
  let [low, high] = [0, frames.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (frames[middle].at < at) low = middle + 1;
    else high = middle;
  }
  if (low > 0 && at - frames[low - 1].at < frames[low].at - at) return low - 1;
  return frames.length === 0 ? -1 : low;
}

/** The first frame of the next (1) or previous (-1) stretch of another app. */
export function appChange(frames: TimelineFrame[], index: number, step: 1 | -1): number {
  const app = frames[index]?.app;
  let at = index;
  while (frames[at + step] && frames[at].app === app) at += step;
  if (step === 1) return at;
  // Going back, stop at the beginning of that stretch.
  while (frames[at - 1] && frames[at - 1].app === frames[at].app) at--;
  return at;
}

const LEAST_MS = 5 * 60_000;

/** What of the day is worth showing: from the first to the last thing, with a margin. */
export function extentOf(day: TimeRange, frames: TimelineFrame[], gaps: Gap[]): TimeRange {
  const starts = frames.length > 0 ? [frames[0].at] : gaps.map(({ range }) => range.from);
  const ends = frames.length > 0 ? [frames[frames.length - 1].at] : gaps.map(({ range }) => range.to);
  if (starts.length === 0) return day;
  const [from, to] = [Math.min(...starts), Math.max(...ends)];
  const margin = Math.max((to - from) * 0.03, (LEAST_MS - (to - from)) / 2, 20_000);
  return { from: Math.max(day.from, from - margin), to: Math.min(day.to, to + margin) };
}

/** A range zoomed by a factor around a moment, inside `bounds`. */
export function zoomed(view: TimeRange, around: Timestamp, factor: number, bounds: TimeRange): TimeRange {
  const whole = bounds.to - bounds.from;
  const length = Math.min(whole, Math.max(60_000, (view.to - view.from) * factor));
  const share = (around - view.from) / (view.to - view.from);
  return within(around - share * length, length, bounds);
}

/** The view moved so that a moment is in it. */
export function showing(view: TimeRange, at: Timestamp, bounds: TimeRange): TimeRange {
  const length = view.to - view.from;
  if (at >= view.from && at <= view.to) return view;
  return within(at - length / 2, length, bounds);
}

/** A range of a length from a start, pushed into bounds. */
export function within(from: Timestamp, length: number, bounds: TimeRange): TimeRange {
  const start = Math.max(bounds.from, Math.min(from, bounds.to - length));
  return { from: start, to: start + length };
}

const STEPS_MIN = [1, 2, 5, 10, 15, 30, 60, 120, 180, 240];

/** Round moments to write under the tape, about eight of them. */
export function ticksOf(view: TimeRange): Timestamp[] {
  const step = 60_000 * (STEPS_MIN.find((minutes) => (view.to - view.from) / (minutes * 60_000) <= 9) ?? 360);
  const ticks: Timestamp[] = [];
  for (let at = Math.ceil(view.from / step) * step; at < view.to; at += step) ticks.push(at);
  return ticks;
}
