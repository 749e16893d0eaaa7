/** Calls between two looks at the clock, which would otherwise be most of what is measured. */
const CALLS = 1_000_000;
/** The first rounds are the compiler's. */
const WARM_UP_ROUNDS = 3;

/** What one call of `work` costs on average, in microseconds, once it is compiled. */
export function callCostUs(work: () => void): number {
  let costUs = Number.NaN;
  for (let round = 0; round <= WARM_UP_ROUNDS; round += 1) {
    const startedAtMs = performance.now();
    for (let call = 0; call < CALLS; call += 1) work();
    costUs = ((performance.now() - startedAtMs) * 1_000) / CALLS;
  }
  return costUs;
}
