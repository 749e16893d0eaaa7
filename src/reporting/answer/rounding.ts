const HUNDREDTHS = 100n;
const PERCENT = 100n;
const SECOND_MS = 1_000n;

/** Returns `numerator / denominator` to two decimals, half up, or null over nothing. Both are whole and not negative. */
export function roundedRatio(numerator: number, denominator: number): number | null {
  if (denominator === 0) return null;
  return hundredths(halfUp(BigInt(numerator) * HUNDREDTHS, BigInt(denominator)));
}

/** Returns the percentage that `part` is of `whole`, to two decimals, half up, or null over nothing. */
export function roundedRate(part: number, whole: number): number | null {
  if (whole === 0) return null;
  return hundredths(halfUp(BigInt(part) * PERCENT * HUNDREDTHS, BigInt(whole)));
}

/** Returns the mean of `count` durations, which last `totalMs` together, in whole seconds, half up, or null over nothing. */
export function roundedSeconds(totalMs: number, count: number): number | null {
  return count === 0 ? null : Number(halfUp(BigInt(totalMs), SECOND_MS * BigInt(count)));
}

/** Exact: a division of doubles may land on the wrong side of a half. */
function halfUp(numerator: bigint, denominator: bigint): bigint {
  return (2n * numerator + denominator) / (2n * denominator);
}

function hundredths(value: bigint): number {
  return Number(value) / Number(HUNDREDTHS);
}
