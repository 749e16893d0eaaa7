import postgres, { type Sql } from "postgres";
import { eventually } from "../../support/eventually.ts";
import type { World } from "../world.ts";
import { A_WHILE, type FaultKind } from "./fault-kind.ts";
import { endStandby } from "./postgres-commits.ts";

/** A server that is starting takes a while. */
const HEAL_MS_MAX = 60_000;
/** Exhausts the connections of the server. */
const CONNECTIONS = 310;
const MISSING_TABLE = "daily_site_path_counts";

/** Statements and connections that a running PostgreSQL refuses. */
export const POSTGRES_REFUSALS: readonly FaultKind[] = [
  setting("PostgreSQL is read-only", "default_transaction_read_only = on"),
  setting("PostgreSQL has a lock timeout of 1 ms", "lock_timeout = '1ms'"),
  setting(
    "PostgreSQL uses serializable transactions",
    "default_transaction_isolation = serializable",
  ),
  {
    name: "PostgreSQL has no free connection",
    target: "postgres",
    weight: 1,
    lastsMs: A_WHILE,
    begin: async ({ sql, databaseUrl }) => {
      const connections = Array.from({ length: CONNECTIONS }, () =>
        postgres(databaseUrl, { max: 1 }),
      );
      // Connections that are refused at first replace the engine's sessions.
      await takeConnections(connections);
      await endSessions(sql).catch(() => undefined);
      await takeConnections(connections);
      return async () => void (await Promise.all(connections.map(close)));
    },
  },
  {
    name: "a table is missing",
    target: "postgres",
    weight: 1,
    lastsMs: A_WHILE,
    begin: async ({ sql }) => {
      await sql`ALTER TABLE ${sql(MISSING_TABLE)} RENAME TO ${sql(`${MISSING_TABLE}_renamed`)}`;
      return async () => await restoreTable(sql);
    },
  },
];

/** Terminates the sessions of the engines, whose new ones get the current settings. */
export async function endSessions(sql: Sql): Promise<void> {
  await sql`
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE application_name = 'queueflow'`;
}

/** Undoes all changes to the database that survive a crash. */
export async function healDatabase({ sql }: Pick<World, "sql">): Promise<void> {
  await eventually(async () => await endStandby(sql), HEAL_MS_MAX);
  await eventually(async () => await resetSettings(sql), HEAL_MS_MAX);
  await restoreTable(sql);
}

/** Changes a setting of the database for all sessions that do not set it. */
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

async function restoreTable(sql: Sql): Promise<void> {
  await eventually(async () => {
    await sql`ALTER TABLE IF EXISTS ${sql(`${MISSING_TABLE}_renamed`)} RENAME TO ${sql(MISSING_TABLE)}`;
  }, HEAL_MS_MAX);
}

async function takeConnections(connections: readonly Sql[]): Promise<void> {
  await Promise.allSettled(connections.map(async (own) => await own`SELECT 1`));
}

async function close(sql: Sql): Promise<void> {
  await sql.end({ timeout: 1 }).catch(() => undefined);
}
