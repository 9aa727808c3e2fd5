import { expect, test } from "vitest";
import { secondsUntilTomorrow } from "../src/features/privacy/pause";
import { ago, bytes, clockOf, countdown, duration } from "../src/lib/clock";
import { describe } from "../src/lib/status";
import { NOW, status } from "./builders";

test.each([
  [0, "0:00"],
  [900, "0:01"],
  [249_000, "4:09"],
  [3_849_000, "1:04:09"],
])("%d ms are counted down as %s", (millis, expected) => {
  expect(countdown(millis)).toBe(expected);
});

test.each([
  [40_000, "40 s"],
  [720_000, "12 min"],
  [3_900_000, "1 h 05 min"],
])("%d ms last %s", (millis, expected) => {
  expect(duration(millis)).toBe(expected);
});

test.each([
  [999, "999 B"],
  [1_234_567, "1.2 MB"],
  [491_400_064, "491 MB"],
])("%d bytes are %s", (n, expected) => {
  expect(bytes(n)).toBe(expected);
});

test("moments are told from now", () => {
  expect([30_000, 240_000, 3 * 3600_000, 50 * 3600_000].map((past) => ago(NOW - past, NOW))).toEqual([
    "just now",
    "4 min ago",
    "3 h ago",
    "2 days ago",
  ]);
});

test("days begin at midnight in the chosen zone", () => {
  const late = Date.UTC(2026, 10, 20, 23, 30);
  expect(clockOf("UTC").date(late)).toBe("2026-11-20");
  expect(clockOf("Asia/Tokyo").date(late)).toBe("2026-11-21");
  expect(clockOf("Nowhere/Land").zone).toBeUndefined();
});

test.each([
  ["UTC", Date.UTC(2026, 10, 20, 22, 0), 2 * 3600],
  // The night the clock goes back has an hour more.
  ["Europe/Berlin", Date.UTC(2026, 9, 24, 23, 0), 24 * 3600],
])("until tomorrow in %s", (zone, now, expected) => {
  const seconds = secondsUntilTomorrow(now, clockOf(zone));
  expect(Math.abs(seconds - expected)).toBeLessThanOrEqual(1);
});

test.each([
  [status(), "Capturing", "good"],
  [status({ capture: { state: "no_consent" } }), "Off", "quiet"],
  [status({ capture: { state: "paused", until: NOW + 65 * 60_000 } }), "Paused until 15:05", "warn"],
  [status({ capture: { state: "paused", until: null } }), "Paused", "warn"],
  [status({ capture: { state: "filtered", reason: "private window" } }), "Filtered", "warn"],
  [status({ capture: { state: "stalled", since: NOW - 60_000 } }), "Stalled", "bad"],
  [status({ capture: { state: "blocked", code: "no_display", message: "No screen." } }), "Blocked", "bad"],
])("the state is said in a word", (given, word, tone) => {
  const described = describe(given, clockOf("UTC"), NOW);
  expect([described.word, described.tone]).toEqual([word, tone]);
});

test("a capture that has never looked does not claim to have", () => {
  const described = describe(status({ last_look: null }), clockOf("UTC"), NOW);
  expect(described.sentence).toContain("Waiting for the first look");
});
