import postgres, { type Sql } from "postgres";
import { eventually } from "../../support/eventually.ts";
import type { World } from "../world.ts";
import { A_WHILE, type FaultKind } from "./fault-kind.ts";

/** What is undone of the database must be undone, though it takes a server that is just starting a while. */
const HEAL_MS_MAX = 60_000;
const CONNECTIONS_MAX = 200;
const AWAY_TABLE = "daily_site_path_counts";

/** What a PostgreSQL that runs does not do, or does late. */
export const POSTGRES_REFUSALS: readonly FaultKind[] = [
  setting("PostgreSQL takes no writes", "default_transaction_read_only = on"),
  setting("PostgreSQL waits for no lock", "lock_timeout = '1ms'"),
  setting(
    "PostgreSQL isolates transactions strictly",
    "default_transaction_isolation = serializable",
  ),
  {
    name: "PostgreSQL has no connection left",
    target: "postgres",
    weight: 1,
    lastsMs: A_WHILE,
    begin: async ({ sql, databaseUrl }) => {
      const taken = await takeAllConnections(databaseUrl);
      await endSessions(sql);
      taken.push(...(await takeAllConnections(databaseUrl)));
      return async () => void (await Promise.all(taken.map(close)));
    },
  },
  {
    name: "a table of PostgreSQL is away",
    target: "postgres",
    weight: 1,
    lastsMs: A_WHILE,
    begin: async ({ sql }) => {
      await sql`ALTER TABLE ${sql(AWAY_TABLE)} RENAME TO ${sql(`${AWAY_TABLE}_away`)}`;
      return async () => await bringTableBack(sql);
    },
  },
  {
    name: "another program's transactions deadlock with the engine's",
    target: "postgres",
    weight: 1,
    lastsMs: A_WHILE,
    begin: async ({ databaseUrl }) => {
      const own = postgres(databaseUrl, { max: 1, connection: { deadlock_timeout: "10s" } });
      const ending = new AbortController();
      const ended = lockInReverse(own, ending.signal);
      return async () => {
        ending.abort();
        await ended;
        await close(own);
      };
    },
  },
];

/** Ends the sessions of the engines, which open new ones then, under the settings in force. */
export async function endSessions(sql: Sql): Promise<void> {
  await sql`
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE application_name = 'queueflow'`;
}

/** Undoes what outlives PostgreSQL's death, whether it was done or not. */
export async function healDatabase({ sql }: Pick<World, "sql">): Promise<void> {
  await eventually(async () => await resetSettings(sql), HEAL_MS_MAX);
  await bringTableBack(sql);
}

/** A setting of the database, for sessions that do not set it themselves. */
function setting(name: string, assignment: string): FaultKind {
  return {
    name,
    target: "postgres",
    weight: 1,
    lastsMs: A_WHILE,
    begin: async ({ sql }) => {
      await sql.unsafe(`ALTER DATABASE queueflow SET ${assignment}`);
      await endSessions(sql);
      return async () => await eventually(async () => await resetSettings(sql), HEAL_MS_MAX);
    },
  };
}

async function resetSettings(sql: Sql): Promise<void> {
  await sql`ALTER DATABASE queueflow RESET ALL`;
  await endSessions(sql);
}

async function bringTableBack(sql: Sql): Promise<void> {
  await eventually(async () => {
    await sql`ALTER TABLE IF EXISTS ${sql(`${AWAY_TABLE}_away`)} RENAME TO ${sql(AWAY_TABLE)}`;
  }, HEAL_MS_MAX);
}

async function takeAllConnections(databaseUrl: string): Promise<Sql[]> {
  const taken: Sql[] = [];
  while (taken.length < CONNECTIONS_MAX) {
    const own = postgres(databaseUrl, { max: 1, idle_timeout: 0 });
    try {
      await own`SELECT 1`;
      taken.push(own);
    } catch {
      await close(own);
      return taken;
    }
  }
  return taken;
}

/**
 * Locks rows in the opposite of the engine's order, until `signal` aborts. It waits the longer of the two
 * before it looks for a deadlock, so that PostgreSQL ends the engine's transaction, and not this one.
 */
async function lockInReverse(sql: Sql, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const transaction = sql.begin(async (tx) => {
      await tx`SELECT FROM daily_site_stats WHERE site_id = 'hot.example' FOR UPDATE`;
      await tx`SELECT FROM daily_site_path_counts WHERE site_id = 'hot.example' FOR UPDATE`;
    });
    await transaction.catch(() => undefined); // It may lose, too.
  }
}

async function close(sql: Sql): Promise<void> {
  await sql.end({ timeout: 1 }).catch(() => undefined);
}
