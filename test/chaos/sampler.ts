import postgres from "postgres";
import { wait } from "../../src/async/wait.ts";
import { errorText } from "../../src/errors.ts";
import { checkInvariants } from "../support/check-invariants.ts";
import { checkPacked } from "../support/check-packed.ts";
import type { History } from "./history.ts";

const INTERVAL_MS = 1_000;
/** Pauses this many times as long as a check took, so that checks of large tables do not load the server. */
const IDLE_SHARE = 4;
const INTERVAL_MS_MAX = 4_000;

export interface Sampler {
  /** Resolves with the number of checks. */
  stop(): Promise<number>;
}

/** Checks in one snapshot, about once a second while PostgreSQL is up, that the rollups and the chunks match the raw rows. */
export function startSampler(databaseUrl: string, history: History): Sampler {
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => undefined });
  const stopping = new AbortController();
  let samples = 0;

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      const startedAtMs = performance.now();
      try {
        await checkInvariants(sql);
        await checkPacked(sql);
        samples += 1;
      } catch (error) {
        if (isBroken(error)) history.fail(`The tables do not match: ${errorText(error)}`);
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

/** Returns whether an assertion failed rather than the connection. */
function isBroken(error: unknown): boolean {
  return error instanceof Error && error.message.includes("expect(");
}
