/** A server that has run this long counts as healthy: what ended before is forgotten. */
export const HEALTHY_AFTER_MS = 60_000;

/** Unplanned ends within `HEALTHY_AFTER_MS` before the engine gives up on a server. */
export const ENDS_MAX = 10;

const DELAY_FIRST_MS = 100;
const DELAY_LAST_MS = 10_000;

/** The unplanned ends that still count at `now`; all are milliseconds of one clock. */
export function recentEnds(ends: readonly number[], now: number): readonly number[] {
  return ends.filter((end) => now - end < HEALTHY_AFTER_MS);
}

/**
 * How long to wait in milliseconds before a server is started again, given its recent unplanned ends
 * (the latest included): 100 ms, doubled at each end, at most 10 s; "give up" past the intensity.
 */
export function restartDelay(recent: readonly number[]): number | "give up" {
  if (recent.length > ENDS_MAX) return "give up";
  return Math.min(DELAY_FIRST_MS * 2 ** Math.max(recent.length - 1, 0), DELAY_LAST_MS);
}
