import { wait } from "./wait.ts";

/** Calls `run` until `signal` aborts, again `intervalMs` after each call has ended. `run` must not reject. */
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
