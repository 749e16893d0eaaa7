import postgres from "postgres";
import { wait } from "../../src/async/wait.ts";
import { errorText } from "../../src/errors.ts";
import { checkInvariants } from "../support/check-invariants.ts";
import type { History } from "./history.ts";

const INTERVAL_MS = 1_000;
/** The larger the tables, the seldomer: looking must not take the server's time. */
const IDLE_SHARE = 4;
const INTERVAL_MS_MAX = 4_000;

/** What looks at the tables during the load. */
export interface Sampler {
  /** Resolves with how many snapshots were looked at. */
  stop(): Promise<number>;
}

/**
 * Checks about once a second, in one snapshot, that all tables count the same, whenever PostgreSQL
 * answers. It sees every commit boundary that it happens to fall on.
 */
export function startSampler(databaseUrl: string, history: History): Sampler {
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => undefined });
  const stopping = new AbortController();
  let samples = 0;

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      const startedAtMs = performance.now();
      try {
        await checkInvariants(sql);
        samples += 1;
      } catch (error) {
        if (isBroken(error)) history.fail(`The tables disagree: ${errorText(error)}`);
      }
      const tookMs = performance.now() - startedAtMs;
      const pauseMs = Math.min(Math.max(INTERVAL_MS, tookMs * IDLE_SHARE), INTERVAL_MS_MAX);
      await wait(pauseMs, stopping.signal);
    }
  }
  const running = run();
  return {
    async stop() {
      stopping.abort();
      await running;
      await sql.end({ timeout: 1 });
      return samples;
    },
  };
}

/** Whether an expectation failed, and not the connection. */
function isBroken(error: unknown): boolean {
  return error instanceof Error && error.message.includes("expect(");
}
