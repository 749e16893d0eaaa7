import { setTimeout as delay } from "node:timers/promises";

/** Resolves after `ms`, or once `signal` aborts. Never rejects. */
export async function wait(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined);
}
