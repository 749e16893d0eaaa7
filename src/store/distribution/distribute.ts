import type { ISql } from "postgres";
import { errorText } from "../../errors.ts";
import type { Log } from "../../log/log.ts";
import { MIGRATION_LOCK } from "../advisory-locks.ts";
import type { Database, Transaction } from "../database.ts";
import { QUERY_DEADLINE_MS } from "../deadlines.ts";
import { giveSettings, hasSettings, missingSettings } from "./citus-settings.ts";
import { DISTRIBUTED_TABLES } from "./distributed-tables.ts";

export interface DistributeOptions {
  readonly log: Log;
  readonly deadlineMs: number;
  /** Whether to move the rows of tables that have some, during which nothing is stored. */
  readonly movesRows: boolean;
}

/**
 * Distributes the tables by site where Citus has workers, and gives the database the settings that they need. Does nothing without Citus, and
 * on a coordinator without workers, where it would only cost. Call it once all migrations are applied. Returns how many tables it distributed.
 *
 * @throws QueueFlowError `database_unavailable` when `deadlineMs` passes; what the driver throws.
 */
export async function distribute(
  database: Database,
  { log, deadlineMs, movesRows }: DistributeOptions,
): Promise<number> {
  if (!(await database.query(QUERY_DEADLINE_MS, hasWorkers))) return 0;
  await setUp(database, log);
  const pending = await database.query(QUERY_DEADLINE_MS, undistributed);
  if (pending.length === 0) return 0;
  const tables = await database.transaction(deadlineMs, async (tx) => {
    await tx`SELECT set_config('statement_timeout', ${String(deadlineMs)}, true)`;
    await tx`SELECT pg_advisory_xact_lock(${MIGRATION_LOCK})`;
    const found = await undistributed(tx);
    // Batches wait, those of an older engine too, instead of deadlocking.
    if (found.length > 0)
      await tx.unsafe(`LOCK TABLE ${found.join(", ")} IN ACCESS EXCLUSIVE MODE`);
    if (!movesRows && (await haveRows(tx, found))) return undefined;
    for (const table of found) await distributeTable(tx, table);
    return found;
  });
  if (tables === undefined) {
    log.warn(
      { tables: pending, remedy: "Stop the engines, and run `queueflow migrate`" },
      "Tables with rows are not distributed yet",
    );
    return 0;
  }
  for (const table of tables) await dropOldRows(database, { table, deadlineMs });
  if (tables.length > 0) log.info({ tables }, "Tables distributed by site");
  return tables.length;
}

/** Returns whether Citus has workers that take tables. */
export async function hasWorkers(sql: ISql): Promise<boolean> {
  // The catalogue is part of the extension, and naming it elsewhere fails.
  const [found] = await sql<[{ hasCitus: boolean }]>`
    SELECT to_regclass('pg_catalog.pg_dist_node') IS NOT NULL AS "hasCitus"`;
  if (!found.hasCitus) return false;
  const workers = await sql`
    SELECT FROM pg_dist_node WHERE groupid > 0 AND noderole = 'primary' AND isactive AND shouldhaveshards`;
  return workers.length > 0;
}

/** Call it where Citus is. */
export async function undistributed(sql: ISql): Promise<readonly string[]> {
  const rows = await sql<{ name: string }[]>`
    SELECT name FROM unnest(${DISTRIBUTED_TABLES}::text[]) WITH ORDINALITY AS tables (name, place)
    WHERE to_regclass(name) IS NOT NULL
      AND NOT EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = to_regclass(name))
    ORDER BY place`;
  return rows.map(({ name }) => name);
}

async function haveRows(tx: Transaction, tables: readonly string[]): Promise<boolean> {
  for (const table of tables) {
    if ((await tx`SELECT FROM ${tx(table)} LIMIT 1`).length > 0) return true;
  }
  return false;
}

async function distributeTable(tx: Transaction, table: string): Promise<void> {
  const beside = table === DISTRIBUTED_TABLES[0] ? "none" : String(DISTRIBUTED_TABLES[0]);
  await tx`SELECT create_distributed_table(${table}::text::regclass, 'site_id', colocate_with => ${beside})`;
}

/** Citus leaves a copy of the rows on the coordinator, where nothing reads it. */
async function dropOldRows(
  database: Database,
  { table, deadlineMs }: { readonly table: string; readonly deadlineMs: number },
): Promise<void> {
  await database.transaction(deadlineMs, async (tx) => {
    await tx`SELECT truncate_local_data_after_distributing_table(${table}::text::regclass)`;
  });
}

/** Without them everything works, and costs more. */
async function setUp(database: Database, log: Log): Promise<void> {
  try {
    const missing = await database.query(QUERY_DEADLINE_MS, missingSettings);
    const isComplete = [...missing.values()].every((names) => names.length === 0);
    if (!isComplete) await database.query(QUERY_DEADLINE_MS, giveSettings);
  } catch (error) {
    const remedy = "Run `queueflow migrate` as the owner of the database on each server";
    log.warn({ error: errorText(error), remedy }, "The settings for Citus could not be stored");
  }
  // A connection that was open before does not have them.
  if (!(await database.query(QUERY_DEADLINE_MS, hasSettings))) database.renew();
}
