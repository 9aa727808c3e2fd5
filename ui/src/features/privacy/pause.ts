import type { Clock } from "../../lib/clock";

const HOUR = 3600_000;

/** Seconds until the next midnight of the clock's zone, found by halving: days with a change of the clock have 23 or 25 hours. */
export function secondsUntilTomorrow(now: number, clock: Pick<Clock, "date">): number {
  const today = clock.date(now);
  let [early, late] = [now, now + 26 * HOUR];
  while (late - early > 500) {
    const middle = (early + late) / 2;
    if (clock.date(middle) === today) early = middle;
    else late = middle;
  }
  return Math.ceil((late - now) / 1000);
}
