import type { Database } from "../database.ts";
import { CHECK_DEADLINE_MS } from "../deadlines.ts";
import { type MissingSettings, missingSettings } from "./citus-settings.ts";
import { hasWorkers, undistributed } from "./distribute.ts";

export interface CitusState {
  /** Tables that are not distributed yet. */
  readonly pending: readonly string[];
  readonly missing: MissingSettings;
  readonly workers: readonly WorkerState[];
}

export interface WorkerState {
  /** `host:port`. */
  readonly name: string;
  /** Why it does not answer. */
  readonly error: string | undefined;
  /** Names of transactions that have been prepared for at least `PREPARED_MS_MIN`. */
  readonly prepared: readonly string[];
}

/** Citus looks once a minute for those that it has to end. */
const PREPARED_MS_MIN = 150_000;
const PREPARED = `
  SELECT coalesce(json_agg(gid ORDER BY gid), '[]')::text FROM pg_prepared_xacts
  WHERE database = current_database() AND prepared < clock_timestamp() - interval '${PREPARED_MS_MIN} ms'`;

/** Returns undefined without workers of Citus. */
export async function readCitusState(database: Database): Promise<CitusState | undefined> {
  return await database.query(CHECK_DEADLINE_MS, async (sql) => {
    if (!(await hasWorkers(sql))) return undefined;
    const rows = await sql<{ name: string; succeeded: boolean; answer: string }[]>`
      SELECT nodename || ':' || nodeport AS name, success AS succeeded, coalesce(result, '') AS answer
      FROM run_command_on_workers(${PREPARED})`;
    const workers = rows.map(({ name, succeeded, answer }) => ({
      name,
      error: succeeded ? undefined : answer,
      prepared: succeeded ? names(JSON.parse(answer)) : [],
    }));
    return { pending: await undistributed(sql), missing: await missingSettings(sql), workers };
  });
}

function names(found: unknown): readonly string[] {
  return Array.isArray(found) ? found.map(String) : [];
}
