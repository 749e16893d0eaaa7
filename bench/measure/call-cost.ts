/** Calls between two clock readings, which would otherwise dominate. */
const CALLS = 1_000_000;
/** The first rounds run before compilation. */
const WARM_UP_ROUNDS = 3;

/** Returns the average time of a call of `work` in microseconds, once compiled. */
export function callCostUs(work: () => void): number {
  let costUs = Number.NaN;
  for (let round = 0; round <= WARM_UP_ROUNDS; round += 1) {
    const startedAtMs = performance.now();
    for (let call = 0; call < CALLS; call += 1) work();
    costUs = ((performance.now() - startedAtMs) * 1_000) / CALLS;
  }
  return costUs;
}
