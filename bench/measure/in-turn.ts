/**
 * Measures all sides in turn, repeatedly: A B A B. Slow changes of the machine then affect both sides of a pair alike. Returns
 * the results of each side, in the order of the pairs.
 */
export async function inTurn<Side extends string, Result>(
  pairs: number,
  sides: readonly Side[],
  measure: (side: Side) => Promise<Result>,
): Promise<(side: Side) => readonly Result[]> {
  const results = new Map<Side, readonly Result[]>();
  for (let pair = 0; pair < pairs; pair += 1) {
    for (const side of sides) {
      results.set(side, [...(results.get(side) ?? []), await measure(side)]);
    }
  }
  return (side) => results.get(side) ?? [];
}
