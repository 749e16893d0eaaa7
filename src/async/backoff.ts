/** Bounds of a delay, in milliseconds. */
export interface BackoffBounds {
  readonly minMs: number;
  readonly maxMs: number;
}

/** Enough for a server that restarts, and not so long that recovery is noticed late. */
const RETRY_BOUNDS: BackoffBounds = { minMs: 50, maxMs: 1_000 };

/** Delay before the nth consecutive attempt, from 1: doubles from `minMs` up to `maxMs`. */
export function backoffMs(attempt: number, { minMs, maxMs }: BackoffBounds): number {
  return Math.min(minMs * 2 ** (attempt - 1), maxMs);
}

/** Delay before the nth consecutive retry of a call to a server: 50 ms to 1 s, of which up to half is taken off as jitter. */
export function retryDelayMs(attempt: number): number {
  return backoffMs(attempt, RETRY_BOUNDS) * (0.5 + Math.random() / 2);
}
