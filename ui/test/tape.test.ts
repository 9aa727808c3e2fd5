import { expect, test } from "vitest";
import { datesOf, otherMonth } from "../src/features/timeline/Calendar";
import {
  appChange,
  extentOf,
  legendOf,
  nearest,
  segmentsOf,
  ticksOf,
  zoomed,
} from "../src/features/timeline/tape";
import { moveOf } from "../src/features/timeline/useTapeKeys";
import type { Gap } from "../src/lib/bindings";
import { withFrame } from "../src/lib/freshness";
import { timelineFrame } from "./builders";

const MIN = 60_000;
const frames = [
  timelineFrame(0, "firefox"),
  timelineFrame(1 * MIN, "firefox"),
  timelineFrame(3 * MIN, "code"),
  timelineFrame(20 * MIN, "code"),
];
const gap: Gap = { range: { from: 5 * MIN, to: 20 * MIN }, reason: "paused", count: 0 };

test("a frame stands until the next one, and never into a gap", () => {
  const brief = (gaps: Gap[]) =>
    segmentsOf(frames, gaps, 60 * MIN).map((s) => [s.app, s.from / MIN, s.to / MIN, s.first]);
  expect(brief([gap])).toEqual([
    ["firefox", 0, 3, 0],
    ["code", 3, 5, 2],
    ["code", 20, 20.25, 3],
  ]);
  expect(brief([])).toEqual([
    ["firefox", 0, 3, 0],
    ["code", 3, 20.25, 2],
  ]);
});

test("the legend counts the time each app was in front", () => {
  const legend = legendOf(segmentsOf(frames, [gap], 60 * MIN));
  expect(legend).toEqual([
    { app: "firefox", millis: 3 * MIN },
    { app: "code", millis: 2 * MIN + 15_000 },
  ]);
});

test.each([
  [-5, 0],
  [0.4, 0],
  [0.6, 1],
  [2.5, 2],
  [99, 3],
])("the frame nearest to minute %d is number %d", (minute, expected) => {
  expect(nearest(frames, minute * MIN)).toBe(expected);
});

test("nothing is nearest where there is nothing", () => {
  expect(nearest([], 0)).toBe(-1);
});

test.each([
  [0, 1, 2],
  [1, 1, 2],
  [3, -1, 0],
  [2, -1, 0],
  [0, -1, 0],
])("from frame %d the app changes in direction %d at frame %d", (index, step, expected) => {
  expect(appChange(frames, index, step as 1 | -1)).toBe(expected);
});

test("the tape shows from the first to the last thing, and zooms inside that", () => {
  const day = { from: 0, to: 24 * 60 * MIN };
  const extent = extentOf(day, [timelineFrame(600 * MIN, "a"), timelineFrame(660 * MIN, "a")], []);
  expect(extent.from).toBeGreaterThan(590 * MIN);
  expect(extent.to).toBeLessThan(670 * MIN);
  const near = zoomed(extent, 600 * MIN, 0.5, extent);
  expect(near.to - near.from).toBeCloseTo((extent.to - extent.from) / 2);
  expect(zoomed(near, 600 * MIN, 100, extent)).toEqual(extent);
  expect(extentOf(day, [], [])).toEqual(day);
});

test("ticks are round moments, not too many", () => {
  for (const hours of [0.05, 0.5, 3, 10, 24]) {
    const ticks = ticksOf({ from: 7, to: hours * 60 * MIN });
    expect(ticks.length).toBeLessThan(11);
    expect(ticks.every((tick) => tick % MIN === 0)).toBe(true);
  }
});

test.each([
  ["ArrowRight", false, { by: "frame", step: 1 }],
  ["ArrowLeft", true, { by: "app", step: -1 }],
  ["Home", false, { by: "end", step: -1 }],
  ["End", false, { by: "end", step: 1 }],
  [" ", false, "play"],
  ["x", false, null],
])("the key %j (alt %s) means %j", (key, altKey, expected) => {
  expect(moveOf({ key, altKey })).toEqual(expected);
});

test("a month begins under its weekday", () => {
  const november = datesOf("2026-11");
  expect(november.filter((date) => date === null)).toHaveLength(6);
  expect(november.at(-1)).toBe("2026-11-30");
  expect(datesOf("2028-02").at(-1)).toBe("2028-02-29");
  expect(otherMonth("2026-12", 1)).toBe("2027-01");
});

test("a frame that was just kept joins the tape once, in its place", () => {
  const [first, last, between] = [timelineFrame(0, "a"), timelineFrame(9, "a"), timelineFrame(5, "a")];
  const held = { response: "timeline", frames: [first, last], gaps: [], total: 2 } as const;
  const grown = withFrame({ ...held, frames: [...held.frames], gaps: [] }, between);
  expect(grown.frames).toEqual([first, between, last]);
  expect(grown.total).toBe(3);
  expect(withFrame(grown, between)).toBe(grown);
});
