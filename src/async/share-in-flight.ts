import { setTimeout as delay } from "node:timers/promises";

/**
 * Returns a function that runs `work`, or shares the run that is in flight. A run begins at least `pauseMs` after the one
 * before it began, so that however many ask, the work takes a bounded share of the thread.
 */
export function shareInFlight<Result>(
  work: () => Promise<Result>,
  pauseMs: number,
): () => Promise<Result> {
  let inFlight: Promise<Result> | undefined;
  let beganAtMs = Number.NEGATIVE_INFINITY;
  const run = async () => {
    const restMs = beganAtMs + pauseMs - performance.now();
    if (restMs > 0) await delay(restMs);
    beganAtMs = performance.now();
    return await work();
  };
  return async () => {
    inFlight ??= run().finally(() => {
      inFlight = undefined;
    });
    return await inFlight;
  };
}
