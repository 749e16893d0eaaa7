/** What repeated measurements of one figure come to. */
export interface Summary {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Median and extremes of at least one value. */
export function summaryOf(values: readonly number[]): Summary {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const median = (valueAt(sorted, Math.floor(middle)) + valueAt(sorted, Math.ceil(middle))) / 2;
  return { median, min: valueAt(sorted, 0), max: valueAt(sorted, sorted.length - 1) };
}

/**
 * The value that a share of all values does not exceed, by the nearest rank: the smallest value with at
 * least `share` of them at or below it. `sorted` is ascending and not empty.
 */
export function percentile(sorted: ArrayLike<number>, share: number): number {
  return valueAt(sorted, Math.max(0, Math.ceil(share * sorted.length) - 1));
}

function valueAt(values: ArrayLike<number>, index: number): number {
  const value = values[index];
  if (value === undefined) throw new Error("Expected at least one measurement, got none");
  return value;
}
