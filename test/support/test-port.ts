import { isFree } from "../../src/embedded/free-port.ts";

/** Numbers the processes that run tests at the same time; `test/main.ts` sets it. */
export const WORKER_VARIABLE = "TEST_WORKER";
export const WORKERS = 4;

/** Below the ports that the servers of tests and engines draw, which listen a moment later. */
const PORT_MIN = 10_000;
const PORT_MAX = 16_383;

const drawn = new Set<number>();
const worker = Number(Bun.env[WORKER_VARIABLE] ?? 0);

/** Returns a port that nothing listens on, and that neither this process nor a concurrent test process draws again. */
export function testPort(): number {
  for (;;) {
    const port = PORT_MIN + Math.floor(Math.random() * (PORT_MAX - PORT_MIN + 1));
    if (port % WORKERS !== worker || drawn.has(port) || !isFree(port)) continue;
    drawn.add(port);
    return port;
  }
}
