import { expect } from "bun:test";
import type { Sql } from "postgres";
import { eventually } from "../../support/eventually.ts";
import { signalServer } from "../server-signals.ts";
import type { World } from "../world.ts";
import { A_WHILE, type FaultKind, type Range } from "./fault-kind.ts";

const MINUTE: Range = { min: 60_000, max: 60_000 };
/** Batches are stored every few milliseconds, unless no engine runs. */
const COMMIT_MS_MAX = 10_000;

/** Commits that hang: their rows have ids long before anybody sees them. */
export const POSTGRES_COMMITS: readonly FaultKind[] = [
  standbyIsAway("the synchronous standby is away", A_WHILE),
  standbyIsAway("the synchronous standby is away for a minute", MINUTE),
  isSuspended("PostgreSQL is suspended in mid-COMMIT", A_WHILE),
  isSuspended("PostgreSQL is suspended in mid-COMMIT for a minute", MINUTE),
];

/** Ends the wait of commits for a standby. */
export async function endStandby(sql: Sql): Promise<void> {
  await sql`ALTER SYSTEM RESET synchronous_standby_names`;
  await sql`SELECT pg_reload_conf()`;
}

function standbyIsAway(name: string, lastsMs: Range): FaultKind {
  return {
    name,
    target: "postgres",
    weight: 2,
    lastsMs,
    begin: async ({ sql }) => {
      await awaitStandby(sql);
      return async () => await endStandby(sql);
    },
  };
}

function isSuspended(name: string, lastsMs: Range): FaultKind {
  return {
    name,
    target: "postgres",
    weight: 2,
    lastsMs,
    begin: async ({ sql, dataDir }: World) => {
      await awaitStandby(sql);
      await untilCommitHangs(sql);
      signalServer(dataDir, "postgres", "SIGSTOP");
      return async () => {
        signalServer(dataDir, "postgres", "SIGCONT");
        await endStandby(sql);
      };
    },
  };
}

async function awaitStandby(sql: Sql): Promise<void> {
  await sql`ALTER SYSTEM SET synchronous_standby_names = 'away'`;
  await sql`SELECT pg_reload_conf()`;
}

/** @throws Error when no engine stores anything. Commits no longer hang then. */
async function untilCommitHangs(sql: Sql): Promise<void> {
  try {
    await eventually(async () => {
      const hanging = await sql`
        SELECT FROM pg_stat_activity WHERE application_name = 'queueflow' AND wait_event = 'SyncRep'`;
      expect(hanging.length).toBeGreaterThan(0);
    }, COMMIT_MS_MAX);
  } catch (error) {
    await endStandby(sql);
    throw error;
  }
}
