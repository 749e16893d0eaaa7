/** Resolves after `ms`, or at once when `signal` aborts. Never rejects. */
export async function wait(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done, { once: true });
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    }
  });
}

/** The delay before retry number `attempt`, from 1: doubling from 50 ms to 1 s, with up to half of it as jitter. */
export function retryDelayMs(attempt: number): number {
  const delayMs = Math.min(50 * 2 ** Math.min(attempt - 1, 10), 1_000);
  return delayMs * (0.5 + Math.random() / 2);
}
