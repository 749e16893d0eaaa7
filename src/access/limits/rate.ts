/** Admits `burst` units at once and `perSecond` on average. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

export const BURST_SECONDS_DEFAULT = 10;
/** Sums of fractions are rounded. */
const TOLERANCE_MS = 0.001;

export function rateOf(perSecond: number, burstSeconds = BURST_SECONDS_DEFAULT): Rate {
  return { perSecond, burst: perSecond * burstSeconds };
}

/** Returns how long the bucket takes to refill by this many units, in milliseconds. */
export function refillMs({ perSecond }: Rate, units: number): number {
  return (units * 1_000) / perSecond;
}

/**
 * Returns how long to wait, in milliseconds, until a bucket that is full at `fullAtMs` has this many units; 0 when it has them. One
 * number is the whole state of a token bucket (the generic cell rate algorithm).
 */
export function waitMs(
  { fullAtMs, rate, units }: { fullAtMs: number; rate: Rate; units: number },
  nowMs: number,
): number {
  const overMs = Math.max(fullAtMs - nowMs, 0) + refillMs(rate, units - rate.burst);
  return overMs <= TOLERANCE_MS ? 0 : overMs;
}
