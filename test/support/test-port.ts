import { freePort } from "../../src/embedded/free-port.ts";

/** Numbers the processes that run tests at the same time; `test/main.ts` sets it. */
export const WORKER_VARIABLE = "TEST_WORKER";
export const WORKERS = 4;

const worker = Number(Bun.env[WORKER_VARIABLE] ?? 0);

/** Returns a port that nothing listens on, and that no concurrent test process draws. */
export function testPort(): number {
  for (;;) {
    const port = freePort();
    if (port % WORKERS === worker) return port;
  }
}
