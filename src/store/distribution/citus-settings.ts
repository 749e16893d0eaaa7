import type { ISql } from "postgres";
import { SESSION_SETTINGS } from "../session-settings.ts";

type Settings = Readonly<Record<string, string>>;

/**
 * Of sessions on the coordinator. By default each opens a connection a shard, and closes all but one after each transaction: 115 µs of
 * processor time an event, with these 54.
 */
export const COORDINATOR_SETTINGS: Settings = {
  "citus.max_cached_conns_per_worker": "16",
  "citus.max_adaptive_executor_pool_size": "1",
  "citus.multi_shard_modify_mode": "sequential",
};

const { TimeZone, DateStyle, synchronous_commit, lock_timeout, jit } = SESSION_SETTINGS;
const { enable_seqscan, enable_bitmapscan, client_connection_check_interval } = SESSION_SETTINGS;

/** Those of the engine's sessions that hold for their statements on a worker, whose sessions Citus opens. */
export const WORKER_SETTINGS: Settings = {
  TimeZone,
  DateStyle,
  synchronous_commit,
  lock_timeout: String(lock_timeout),
  client_connection_check_interval: String(client_connection_check_interval),
  jit,
  enable_seqscan,
  enable_bitmapscan,
};

/** Settings that a new session does not have, by `host:port` of the server. */
export type MissingSettings = ReadonlyMap<string, readonly string[]>;

export const COORDINATOR = "coordinator";

/** @throws What the driver throws, also while a worker is away. */
export async function missingSettings(sql: ISql): Promise<MissingSettings> {
  const missing = new Map<string, readonly string[]>();
  const [own] = await sql.unsafe<{ shown: string }[]>(showing(COORDINATOR_SETTINGS));
  missing.set(COORDINATOR, differing(COORDINATOR_SETTINGS, own?.shown));
  const workers = await sql<{ worker: string; shown: string }[]>`
    SELECT nodename || ':' || nodeport AS worker, result AS shown
    FROM run_command_on_workers(${showing(WORKER_SETTINGS)}) WHERE success`;
  for (const { worker, shown } of workers) missing.set(worker, differing(WORKER_SETTINGS, shown));
  return missing;
}

/** Returns whether this session has those of the coordinator. */
export async function hasSettings(sql: ISql): Promise<boolean> {
  const names = Object.keys(COORDINATOR_SETTINGS);
  const rows = await sql<{ name: string; setting: string | null }[]>`
    SELECT name, current_setting(name, true) AS setting FROM unnest(${names}::text[]) AS names (name)`;
  return rows.every(({ name, setting }) => COORDINATOR_SETTINGS[name] === setting);
}

/** What a database gives to new sessions: those of Citus stay open. */
function showing(settings: Settings): string {
  const names = Object.keys(settings).map((name) => `'${name}'`);
  return `
    SELECT coalesce(json_object_agg(split_part(line, '=', 1), substr(line, strpos(line, '=') + 1)), '{}')::text AS shown
    FROM pg_db_role_setting CROSS JOIN unnest(setconfig) AS lines (line)
    WHERE setrole = 0 AND setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND split_part(line, '=', 1) IN (${names.join(", ")})`;
}

function differing(settings: Settings, shown = "{}"): readonly string[] {
  const found: unknown = JSON.parse(shown);
  const values = new Map(Object.entries(found ?? {}));
  return Object.entries(settings).flatMap(([name, value]) =>
    values.get(name) === value ? [] : [name],
  );
}

/**
 * Gives them to new sessions of the database.
 *
 * @throws insufficient_privilege where the user does not own the database on each server.
 */
export async function giveSettings(sql: ISql): Promise<void> {
  const [row] = await sql<[{ name: string }]>`SELECT quote_ident(current_database()) AS name`;
  for (const statement of statements(row.name, COORDINATOR_SETTINGS)) await sql.unsafe(statement);
  for (const statement of statements(row.name, WORKER_SETTINGS)) {
    // Citus 13 would pass it on to the coordinator, where sessions of other programs begin.
    const command = `SET citus.enable_ddl_propagation = off; ${statement}`;
    const [failed] = await sql<{ result: string }[]>`
      SELECT nodename || ':' || nodeport || ': ' || result AS result FROM run_command_on_workers(${command}) WHERE NOT success`;
    if (failed !== undefined) throw new Error(failed.result);
  }
}

function statements(database: string, settings: Settings): readonly string[] {
  return Object.entries(settings).map(
    ([name, value]) => `ALTER DATABASE ${database} SET ${name} = '${value}'`,
  );
}
