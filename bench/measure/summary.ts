/** Summary of repeated measurements. */
export interface Summary {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Returns the median and extremes of at least one value. */
export function summaryOf(values: readonly number[]): Summary {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const median = (valueAt(sorted, Math.floor(middle)) + valueAt(sorted, Math.ceil(middle))) / 2;
  return { median, min: valueAt(sorted, 0), max: valueAt(sorted, sorted.length - 1) };
}

/**
 * Returns a percentile by the nearest rank: the smallest value with at least `share` of the values at or below it. `sorted` is
 * ascending and not empty.
 */
export function percentile(sorted: ArrayLike<number>, share: number): number {
  return valueAt(sorted, Math.max(0, Math.ceil(share * sorted.length) - 1));
}

function valueAt(values: ArrayLike<number>, index: number): number {
  const value = values[index];
  if (value === undefined) throw new Error("Expected at least one measurement, got none");
  return value;
}
