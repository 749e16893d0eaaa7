import { setTimeout as delay } from "node:timers/promises";

const POLL_MS = 20;

/**
 * Tries an assertion until it holds and answers what it returned. For what gives no signal to wait
 * for: another process's state.
 *
 * @throws the assertion's last error once `timeoutMs` has passed.
 */
export async function eventually<Result>(
  assertion: () => Result | Promise<Result>,
  timeoutMs = 10_000,
): Promise<Result> {
  const endMs = performance.now() + timeoutMs;
  for (;;) {
    try {
      return await assertion();
    } catch (error) {
      if (performance.now() > endMs) throw error;
    }
    await delay(POLL_MS);
  }
}
