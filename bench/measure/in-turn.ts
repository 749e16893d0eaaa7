/**
 * Measures every side once, then every side again, and so on: A B A B. What changes slowly on a machine (its
 * clock, its neighbours, the fill of its caches) then befalls both sides of a pair alike. Answers each side's
 * results, in the order of the pairs.
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
