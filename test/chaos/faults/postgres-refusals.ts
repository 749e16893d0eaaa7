import postgres, { type Sql } from "postgres";
import { eventually } from "../../support/eventually.ts";
import type { World } from "../world.ts";
import { A_WHILE, type FaultKind } from "./fault-kind.ts";

/** What is undone of the database must be undone, though it takes a server that is just starting a while. */
const HEAL_MS_MAX = 60_000;
/** More than the server has. */
const CONNECTIONS = 110;
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
      const connections = Array.from({ length: CONNECTIONS }, () =>
        postgres(databaseUrl, { max: 1 }),
      );
      // Those that are refused at first take the places of the engine's sessions.
      await takeConnections(connections);
      await endSessions(sql).catch(() => undefined);
      await takeConnections(connections);
      return async () => void (await Promise.all(connections.map(close)));
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

async function takeConnections(connections: readonly Sql[]): Promise<void> {
  await Promise.allSettled(connections.map(async (own) => await own`SELECT 1`));
}

async function close(sql: Sql): Promise<void> {
  await sql.end({ timeout: 1 }).catch(() => undefined);
}
