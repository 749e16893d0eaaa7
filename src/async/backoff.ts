export interface BackoffBounds {
  readonly minMs: number;
  readonly maxMs: number;
}

const RETRY_BOUNDS: BackoffBounds = { minMs: 50, maxMs: 1_000 };

/** Attempts count from 1. */
export function backoffMs(attempt: number, { minMs, maxMs }: BackoffBounds): number {
  return Math.min(minMs * 2 ** (attempt - 1), maxMs);
}

/** Adds jitter of up to half. */
export function retryDelayMs(attempt: number): number {
  return backoffMs(attempt, RETRY_BOUNDS) * (0.5 + Math.random() / 2);
}
