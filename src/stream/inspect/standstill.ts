/** A busy server stores nothing for some seconds. */
const STANDSTILL_MS_MIN = 60_000;

/**
 * Returns after how long without a finished entry consumers do not run, in milliseconds. Entries of a killed process wait for
 * `claimIdleMs` before another consumer claims them, and are then stored.
 */
export function standstillMs({ claimIdleMs }: { readonly claimIdleMs: number }): number {
  return Math.max(STANDSTILL_MS_MIN, 2 * claimIdleMs);
}
