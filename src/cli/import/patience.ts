import { setTimeout as delay } from "node:timers/promises";
import { QueueFlowError } from "../../errors.ts";

const RETRY_DELAY_MS_MIN = 50;
const RETRY_DELAY_MS_MAX = 2_000;

/** How long to go on while nothing gets through, and what ends it at once. */
export interface Patience {
  readonly patienceMs: number;
  readonly signal: AbortSignal;
}

/** What came of one attempt. */
export type Attempt =
  | { readonly kind: "done" }
  | { readonly kind: "progress" | "failed"; readonly error: unknown };

/**
 * Repeats `attempt` until it is done, with exponential backoff and jitter, as long as its errors are
 * retryable.
 *
 * @throws the last error when it is not retryable or there was no progress for `patienceMs`; the
 *   signal's reason when that was aborted.
 */
export async function untilDone(
  { patienceMs, signal }: Patience,
  attempt: () => Promise<Attempt>,
): Promise<void> {
  let retryDelayMs = RETRY_DELAY_MS_MIN;
  let progressAtMs = performance.now();
  for (;;) {
    const result = await attempt();
    signal.throwIfAborted();
    if (result.kind === "done") return;
    if (result.kind === "progress") {
      progressAtMs = performance.now();
      retryDelayMs = RETRY_DELAY_MS_MIN;
    }
    const isRetryable = result.error instanceof QueueFlowError && result.error.retryable;
    if (!isRetryable || performance.now() - progressAtMs > patienceMs) throw result.error;
    await delay(retryDelayMs * (0.5 + Math.random() / 2), undefined, { signal });
    retryDelayMs = Math.min(retryDelayMs * 2, RETRY_DELAY_MS_MAX);
  }
}
