/** Returns how long each of some calls took, in milliseconds, ascending. */
export async function timesOf(
  call: () => Promise<unknown>,
  { atLeast, forMs }: { readonly atLeast: number; readonly forMs: number },
): Promise<readonly number[]> {
  const tookMs: number[] = [];
  const endMs = performance.now() + forMs;
  while (tookMs.length < atLeast || performance.now() < endMs) {
    const startMs = performance.now();
    await call();
    tookMs.push(performance.now() - startMs);
  }
  return tookMs.toSorted((a, b) => a - b);
}
