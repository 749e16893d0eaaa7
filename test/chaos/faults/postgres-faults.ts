import type { Sql } from "postgres";
import { wait } from "../../../src/async/wait.ts";
import { signalServer } from "../server-signals.ts";
import type { World } from "../world.ts";
import { A_WHILE, type FaultKind, MOMENT } from "./fault-kind.ts";
import { endSessions } from "./postgres-refusals.ts";

const SESSION_END_PAUSE_MS = 150;

/** Faults of the processes and sessions of PostgreSQL. */
export const POSTGRES_FAULTS: readonly FaultKind[] = [
  {
    name: "PostgreSQL is killed with all of its processes",
    target: "postgres",
    weight: 3,
    lastsMs: MOMENT,
    begin: async ({ dataDir }) => {
      signalServer(dataDir, "postgres", "SIGKILL");
      return undefined;
    },
  },
  {
    name: "PostgreSQL is shut down immediately",
    target: "postgres",
    weight: 3,
    lastsMs: MOMENT,
    begin: async ({ dataDir }) => {
      signalServer(dataDir, "postgres", "SIGQUIT", "parent");
      return undefined;
    },
  },
  {
    name: "PostgreSQL is suspended",
    target: "postgres",
    weight: 3,
    lastsMs: A_WHILE,
    begin: suspendPostgres,
  },
  {
    name: "PostgreSQL is suspended for 10 to 25 s",
    target: "postgres",
    weight: 1,
    lastsMs: { min: 10_000, max: 25_000 },
    begin: suspendPostgres,
  },
  {
    name: "PostgreSQL is suspended for a minute",
    target: "postgres",
    weight: 1,
    lastsMs: { min: 60_000, max: 60_000 },
    begin: suspendPostgres,
  },
  {
    name: "PostgreSQL terminates all sessions",
    target: "postgres",
    weight: 3,
    lastsMs: MOMENT,
    begin: async ({ sql }) => {
      await endSessions(sql);
      return undefined;
    },
  },
  {
    name: "PostgreSQL terminates sessions one by one",
    target: "postgres",
    weight: 2,
    lastsMs: A_WHILE,
    begin: async ({ sql }) => {
      const ending = new AbortController();
      const ended = endOneByOne(sql, ending.signal);
      return async () => {
        ending.abort();
        await ended;
      };
    },
  },
];

/** Terminates sessions at any point, even during COMMIT. */
async function endOneByOne(sql: Sql, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await sql`
      SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE application_name = 'queueflow' ORDER BY random() LIMIT 1`.catch(() => undefined);
    await wait(SESSION_END_PAUSE_MS, signal);
  }
}

async function suspendPostgres({ dataDir }: World): Promise<() => Promise<void>> {
  signalServer(dataDir, "postgres", "SIGSTOP");
  return async () => signalServer(dataDir, "postgres", "SIGCONT");
}
