import { describe, expect, test } from "bun:test";
import { openSync } from "node:fs";
import { join } from "node:path";

const COMMAND = [process.execPath, join(import.meta.dir, "..", "..", "src", "main.ts")];

/** Nothing that answers: each command says what it has found all the same. */
const ENV = {
  REDIS_URL: "redis://127.0.0.1:1",
  DATABASE_URL: "postgres://u:p@127.0.0.1:1/d",
  API_PORT: "1",
};
/** Writes to the pipe until its reader has gone, runs the command on it, and says its exit code. */
const WITHOUT_READER =
  '{ (trap "" PIPE; while echo; do :; done) 2>/dev/null; "$@"; echo $? >&2; } | :';
const TIMEOUT_MS = 60_000;

describe("a command", () => {
  for (const args of [["version"], ["config"], ["status", "--json", "--watch"]]) {
    test(
      `${args.join(" ")} ends with 141 and without a word when its reader has gone`,
      async () => {
        const child = Bun.spawn(["sh", "-c", WITHOUT_READER, "sh", ...COMMAND, ...args], {
          env: ENV,
          stdio: ["ignore", "ignore", "pipe"],
        });
        expect(await new Response(child.stderr).text()).toBe("141\n");
      },
      TIMEOUT_MS,
    );

    test(
      `${args.join(" ")} ends with 1 and says why when its result cannot be written`,
      async () => {
        const child = Bun.spawn([...COMMAND, ...args], {
          env: ENV,
          stdio: ["ignore", openSync("/dev/full", "w"), "pipe"],
        });
        expect(await new Response(child.stderr).text()).toBe(
          "queueflow: The result could not be written: ENOSPC: no space left on device, write\n",
        );
        expect(await child.exited).toBe(1);
      },
      TIMEOUT_MS,
    );
  }
});
