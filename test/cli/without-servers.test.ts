import { describe, expect, test } from "bun:test";
import { createServer } from "node:net";
import { testPort } from "../support/test-port.ts";
import { runQueueflow } from "./spawn-queueflow.ts";

const TIMEOUT_MS = 60_000;

/** A server that takes connections and never says a word, as one that is suspended. */
async function silentServer() {
  const server = createServer(() => undefined);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    host: `127.0.0.1:${port}`,
    [Symbol.dispose]: () => void server.close(),
  };
}

describe("a command that needs a server that is away says so in one line and exits with 1:", () => {
  for (const args of [
    ["prune", "--older-than", "9"],
    ["dead-letters", "retry", "7"],
  ]) {
    test(
      `queueflow ${args.join(" ")}, without Redis`,
      async () => {
        const host = `127.0.0.1:${testPort()}`;
        const env = { REDIS_URL: `redis://${host}`, DATABASE_URL: `postgres://u:p@${host}/d` };
        const { exitCode, stdout, stderr } = await runQueueflow(args, { env });
        expect(stderr).toMatch(/^queueflow: .* could not be .*: Redis at 127\.0\.0\.1:\d+ cannot/);
        expect(stderr).toContain(`Redis at ${host} cannot be reached: connect ECONNREFUSED`);
        expect(stderr.trim().split("\n")).toHaveLength(1);
        expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
      },
      TIMEOUT_MS,
    );
  }

  for (const args of [["verify"], ["dead-letters", "list"], ["migrate"]]) {
    test(
      `queueflow ${args.join(" ")}, with a PostgreSQL that does not answer`,
      async () => {
        using server = await silentServer();
        const env = { DATABASE_URL: `postgres://u:p@${server.host}/d` };
        const { exitCode, stderr } = await runQueueflow(args, { env });
        expect(stderr).toContain(
          `: PostgreSQL at ${server.host} did not take a connection in 2000 ms; \`queueflow doctor\` looks for the cause\n`,
        );
        expect(stderr.trim().split("\n")).toHaveLength(1);
        expect(exitCode).toBe(1);
      },
      TIMEOUT_MS,
    );
  }
});
