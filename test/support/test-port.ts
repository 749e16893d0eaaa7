import { freePort } from "../../src/embedded/free-port.ts";

/** Which of the processes that run tests side by side this is; see `test/main.ts`. */
const shard = Number(Bun.env["TEST_SHARD"] ?? 0);

/** A port that nothing listens on, and that the tests beside these do not draw: odd for one half of them, even for the other. */
export function testPort(): number {
  for (;;) {
    const port = freePort();
    if (port % 2 === shard % 2) return port;
  }
}
