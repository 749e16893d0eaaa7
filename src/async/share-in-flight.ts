import { setTimeout as delay } from "node:timers/promises";

/** Callers share the run in flight. Runs start at least `pauseMs` apart. */
export function shareInFlight<Result>(
  work: () => Promise<Result>,
  pauseMs: number,
): () => Promise<Result> {
  let inFlight: Promise<Result> | undefined;
  let startedAtMs = Number.NEGATIVE_INFINITY;
  const run = async () => {
    const restMs = startedAtMs + pauseMs - performance.now();
    if (restMs > 0) await delay(restMs);
    startedAtMs = performance.now();
    return await work();
  };
  return async () => {
    inFlight ??= run().finally(() => {
      inFlight = undefined;
    });
    return await inFlight;
  };
}
