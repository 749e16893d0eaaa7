import type { Database } from "../database.ts";
import { CHECK_DEADLINE_MS } from "../deadlines.ts";

export interface PostgresState {
  readonly version: string;
  readonly versionNumber: number;
  readonly encoding: string;
  readonly fsync: boolean;
  readonly fullPageWrites: boolean;
  readonly synchronousCommit: string;
  readonly isReplica: boolean;
  readonly isReadOnly: boolean;
  /** 0 without one, and in a version that does not have it. */
  readonly transactionTimeoutMs: number;
  readonly idleSessionTimeoutMs: number;
  readonly connectionsMax: number;
  /** Sessions other than those of engines of this user on this database. */
  readonly connectionsOfOthers: number;
  readonly clockMs: number;
}

export async function readServerState(database: Database): Promise<PostgresState> {
  return await database.query(CHECK_DEADLINE_MS, async (sql) => {
    const [row] = await sql<[PostgresState]>`
      SELECT current_setting('server_version') AS "version",
        current_setting('server_version_num')::int AS "versionNumber",
        current_setting('server_encoding') AS "encoding",
        current_setting('fsync') = 'on' AS "fsync",
        current_setting('full_page_writes') = 'on' AS "fullPageWrites",
        current_setting('synchronous_commit') AS "synchronousCommit",
        pg_is_in_recovery() AS "isReplica",
        current_setting('transaction_read_only') = 'on' AS "isReadOnly",
        coalesce(timeouts."transaction", '0')::float8 AS "transactionTimeoutMs",
        coalesce(timeouts.idle_session, '0')::float8 AS "idleSessionTimeoutMs",
        least(
          current_setting('max_connections')::int
            - current_setting('superuser_reserved_connections')::int
            - coalesce(current_setting('reserved_connections', true)::int, 0),
          (SELECT nullif(rolconnlimit, -1) FROM pg_roles WHERE rolname = current_user),
          (SELECT nullif(datconnlimit, -1) FROM pg_database WHERE datname = current_database())
        ) AS "connectionsMax",
        (
          SELECT count(*)::int FROM pg_stat_activity
          WHERE datname IS NOT NULL AND usename IS NOT NULL AND NOT (
            application_name = 'queueflow' AND usename = current_user AND datname = current_database()
          )
        ) AS "connectionsOfOthers",
        extract(epoch FROM clock_timestamp())::float8 * 1000 AS "clockMs"
      FROM (
        SELECT max(setting) FILTER (WHERE name = 'transaction_timeout') AS "transaction",
          max(setting) FILTER (WHERE name = 'idle_session_timeout') AS idle_session
        FROM pg_settings
      ) AS timeouts`;
    return row;
  });
}
