// Distances of time, in the steps of src/web/parts/time.rs.

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A number of milliseconds that have passed, in the largest unit; `date` after a week. */
export function distance(passed: number): ["now" | "minutes" | "hours" | "days" | "date", number] {
  if (passed < MINUTE) return ["now", 0];
  if (passed < HOUR) return ["minutes", Math.floor(passed / MINUTE)];
  if (passed < DAY) return ["hours", Math.floor(passed / HOUR)];
  return passed < 7 * DAY ? ["days", Math.floor(passed / DAY)] : ["date", 0];
}
