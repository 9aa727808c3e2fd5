import { createContext, use } from "react";
import type { Timestamp } from "./bindings";

/** Writes moments the way people read them, in one time zone. */
export interface Clock {
  zone: string | undefined;
  /** `14:05` */
  time(at: Timestamp): string;
  /** `14:05:09` */
  seconds(at: Timestamp): string;
  /** `Friday, 20 November` */
  day(at: Timestamp): string;
  /** `20 Nov, 14:05`, with the year when it is another. */
  moment(at: Timestamp): string;
  /** `Today`, `Yesterday`, or {@link Clock.day}. */
  dayName(at: Timestamp, now?: Timestamp): string;
  /** `2026-11-20` */
  date(at: Timestamp): string;
}

/** A clock for an IANA zone; empty means the system's. Unknown names fall back to the system's. */
export function clockOf(zone: string): Clock {
  const timeZone = knownZone(zone);
  const write = (options: Intl.DateTimeFormatOptions) => {
    const format = new Intl.DateTimeFormat(undefined, { timeZone, hourCycle: "h23", ...options });
    return (at: Timestamp) => format.format(at);
  };
  const day = write({ weekday: "long", day: "numeric", month: "long" });
  const short = write({ day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
  const long = write({ day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" });
  const date = dateWriter(timeZone);
  return {
    zone: timeZone,
    time: write({ hour: "2-digit", minute: "2-digit" }),
    seconds: write({ hour: "2-digit", minute: "2-digit", second: "2-digit" }),
    day,
    date,
    moment: (at) => (date(at).slice(0, 4) === date(Date.now()).slice(0, 4) ? short(at) : long(at)),
    dayName(at, now = Date.now()) {
      if (date(at) === date(now)) return "Today";
      if (date(at) === date(now - 86_400_000)) return "Yesterday";
      return day(at);
    },
  };
}

/** `2026-11-20`, put together from its parts: no locale writes it so everywhere. */
function dateWriter(timeZone: string | undefined) {
  const format = new Intl.DateTimeFormat("en", {
    timeZone,
    calendar: "gregory",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
  });
  return (at: Timestamp) => {
    const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
    return `${parts.year}-${parts.month}-${parts.day}`;
  };
}

function knownZone(zone: string): string | undefined {
  try {
    return zone === ""
      ? undefined
      : new Intl.DateTimeFormat("en", { timeZone: zone }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}

const ClockContext = createContext<Clock>(clockOf(""));
export const ClockProvider = ClockContext;
export const useClock = () => use(ClockContext);

/** `1 h 05 min`, `12 min`, `40 s` */
export function duration(millis: number): string {
  const seconds = Math.max(0, Math.round(millis / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return `${hours} h ${String(minutes % 60).padStart(2, "0")} min`;
}

/** `4:09` or `1:04:09` until a moment. */
export function countdown(millis: number): string {
  const seconds = Math.max(0, Math.ceil(millis / 1000));
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (n: number) => String(n).padStart(2, "0");
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** `just now`, `4 min ago`, `3 h ago`, `2 days ago` */
export function ago(at: Timestamp, now: Timestamp = Date.now()): string {
  const minutes = Math.floor((now - at) / 60_000);
  if (minutes < 1) return "just now";
  if (minutes < 60) return `${minutes} min ago`;
  if (minutes < 1440) return `${Math.floor(minutes / 60)} h ago`;
  return `${counted(Math.floor(minutes / 1440), "day")} ago`;
}

/** `1 day`, `2 days` */
export const counted = (n: number, one: string, many = `${one}s`) =>
  `${n.toLocaleString()} ${n === 1 ? one : many}`;

/** `1.2 GB` */
export function bytes(n: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let unit = 0;
  let value = n;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}
