import type { Database } from "../database.ts";
import { CHECK_DEADLINE_MS } from "../deadlines.ts";

/** Settings and state of the server, as a session of the engine sees them. */
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

/** Reads the settings and the state of the server. */
export async function readServerState(database: Database): Promise<PostgresState> {
  return await database.query(CHECK_DEADLINE_MS, async (sql) => {
    const [row] = await sql`
      SELECT current_setting('server_version') AS version,
        current_setting('server_version_num')::int AS version_number,
        current_setting('server_encoding') AS encoding,
        current_setting('fsync') = 'on' AS fsync,
        current_setting('full_page_writes') = 'on' AS full_page_writes,
        current_setting('synchronous_commit') AS synchronous_commit,
        pg_is_in_recovery() AS is_replica,
        current_setting('transaction_read_only') = 'on' AS is_read_only,
        milliseconds_of.transaction_timeout,
        milliseconds_of.idle_session_timeout,
        least(
          current_setting('max_connections')::int
            - current_setting('superuser_reserved_connections')::int
            - coalesce(current_setting('reserved_connections', true)::int, 0),
          (SELECT nullif(rolconnlimit, -1) FROM pg_roles WHERE rolname = current_user),
          (SELECT nullif(datconnlimit, -1) FROM pg_database WHERE datname = current_database())
        ) AS connections_max,
        sessions.of_others,
        extract(epoch FROM clock_timestamp())::float8 * 1000 AS clock_ms
      FROM
        (
          SELECT max(setting) FILTER (WHERE name = 'transaction_timeout') AS transaction_timeout,
            max(setting) FILTER (WHERE name = 'idle_session_timeout') AS idle_session_timeout
          FROM pg_settings
        ) AS milliseconds_of,
        (
          SELECT count(*)::int AS of_others
          FROM pg_stat_activity
          WHERE datname IS NOT NULL AND usename IS NOT NULL AND NOT (
            application_name = 'queueflow' AND usename = current_user AND datname = current_database()
          )
        ) AS sessions`;
    return {
      version: String(row?.["version"]),
      versionNumber: Number(row?.["version_number"]),
      encoding: String(row?.["encoding"]),
      fsync: row?.["fsync"] === true,
      fullPageWrites: row?.["full_page_writes"] === true,
      synchronousCommit: String(row?.["synchronous_commit"]),
      isReplica: row?.["is_replica"] === true,
      isReadOnly: row?.["is_read_only"] === true,
      transactionTimeoutMs: Number(row?.["transaction_timeout"] ?? 0),
      idleSessionTimeoutMs: Number(row?.["idle_session_timeout"] ?? 0),
      connectionsMax: Number(row?.["connections_max"]),
      connectionsOfOthers: Number(row?.["of_others"]),
      clockMs: Number(row?.["clock_ms"]),
    };
  });
}
