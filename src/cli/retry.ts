import { setTimeout as delay } from "node:timers/promises";
import { retryDelayMs } from "../async/backoff.ts";

export interface RetryOptions {
  readonly signal: AbortSignal;
  /** Gives up when an attempt fails this long after the last progress. */
  readonly giveUpMs: number;
  readonly isRetryable: (error: unknown) => boolean;
}

/**
 * Repeats `attempt`, with backoff, until it succeeds. It may call `onProgress` before it fails, which restarts the delay
 * and the time to give up.
 *
 * @throws the error of the last attempt; the reason of `signal` when that aborts.
 */
export async function retry<Result>(
  { signal, giveUpMs, isRetryable }: RetryOptions,
  attempt: (onProgress: () => void) => Promise<Result>,
): Promise<Result> {
  let failures = 0;
  let progressAtMs = performance.now();
  const onProgress = (): void => {
    failures = 0;
    progressAtMs = performance.now();
  };
  for (;;) {
    try {
      const result = await attempt(onProgress);
      signal.throwIfAborted();
      return result;
    } catch (error) {
      signal.throwIfAborted();
      if (!isRetryable(error) || performance.now() - progressAtMs > giveUpMs) throw error;
    }
    failures += 1;
    await delay(retryDelayMs(failures), undefined, { signal });
  }
}
