import { wait } from "./wait.ts";

/** Calls `run`, which must not reject, until `signal` aborts; `intervalMs` passes between calls. */
export async function every(
  intervalMs: number,
  run: () => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await run();
    await wait(intervalMs, signal);
  }
}
