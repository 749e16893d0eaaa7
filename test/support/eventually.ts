import { setTimeout as delay } from "node:timers/promises";

const FIRST_POLL_MS = 5;
/** Polling more often would take CPU time from what is waited for. */
const POLL_MS_MAX = 100;

/**
 * Repeats an assertion until it holds, and returns its result. For state of another process, which sends no signal.
 *
 * @throws the assertion's last error after `timeoutMs`.
 */
export async function eventually<Result>(
  assertion: () => Result | Promise<Result>,
  timeoutMs = 30_000,
): Promise<Result> {
  const endMs = performance.now() + timeoutMs;
  for (let pollMs = FIRST_POLL_MS; ; pollMs = Math.min(2 * pollMs, POLL_MS_MAX)) {
    try {
      return await assertion();
    } catch (error) {
      if (performance.now() > endMs) throw error;
    }
    await delay(pollMs);
  }
}
