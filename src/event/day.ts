/** A UTC day, in milliseconds. */
export const DAY_MS = 24 * 60 * 60 * 1_000;

/** Returns the UTC day, YYYY-MM-DD. */
export function utcDate(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
