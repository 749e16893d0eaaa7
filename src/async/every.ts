import { wait } from "./wait.ts";

/** `run` must not reject. `intervalMs` passes between calls. */
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
