export const HOUR_MS = 60 * 60 * 1_000;
/** A UTC day, in milliseconds. */
export const DAY_MS = 24 * HOUR_MS;

/** Returns the UTC day, YYYY-MM-DD. */
export function utcDate(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
