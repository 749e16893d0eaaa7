import { MIGRATION_LOCK, UPKEEP_LOCK } from "../../advisory-locks.ts";
import { forbidWholeTables } from "../../allow-whole-tables.ts";
import type { Database, Transaction } from "../../database.ts";
import { UPKEEP_DEADLINE_MS } from "../../deadlines.ts";
import type { RowDelta } from "../../rollups/day-differences.ts";
import { repairRows, repairTotals } from "../../rollups/repair-day.ts";
import { type SiteDate, siteDateKey } from "../../rollups/rollup.ts";
import { countRollups, ROLLUPS } from "../../rollups/rollups.ts";
import { LOCK_TIMEOUT_MS } from "../../upkeep/wait-for-upkeep.ts";
import { pendingKeys } from "../applied-migrations.ts";
import { applyMigration } from "../migrate.ts";
import { setIndexScans } from "./find-duplicates.ts";
import { type RemovedRows, removeDuplicates } from "./remove-duplicates.ts";
import { TEXT_KEYS } from "./text-key.ts";

export interface FixedDuplicates {
  readonly removed: readonly RemovedRows[];
  readonly days: readonly SiteDate[];
}

/**
 * Removes duplicate rows and makes their keys safe, in one transaction, so that no batch adds another. Of an event the first
 * row stays; rows of a rollup are summed. Locking the tables in the order of batches cannot deadlock. Rebuild the returned days
 * afterwards where their events remain.
 *
 * @throws What the driver throws: 55P03 when another session holds a table, 0A000 when a view uses a column.
 */
export async function fixDuplicates(database: Database): Promise<FixedDuplicates> {
  return await database.transaction(UPKEEP_DEADLINE_MS, async (tx) => {
    await setTimeouts(tx, UPKEEP_DEADLINE_MS);
    await tx`SELECT pg_advisory_xact_lock(${MIGRATION_LOCK})`;
    await tx`SELECT pg_advisory_xact_lock(${UPKEEP_LOCK})`;
    const pending = await pendingKeys(tx);
    if (pending.length === 0) return { removed: [], days: [] };
    await setTimeouts(tx, LOCK_TIMEOUT_MS);
    const tables = TEXT_KEYS.map(({ table }) => table);
    await tx.unsafe(`LOCK TABLE ${tables.join(", ")} IN ACCESS EXCLUSIVE MODE`);
    await setIndexScans(tx, "off");
    const removed = await removeDuplicates(
      tx,
      pending.map(({ textKey }) => textKey),
    );
    for (const migration of pending) await applyMigration(tx, migration);
    await setIndexScans(tx, "on");
    return { removed, days: await repairDays(tx) };
  });
}

async function setTimeouts(tx: Transaction, lockTimeoutMs: number): Promise<void> {
  await tx`
    SELECT set_config('statement_timeout', ${String(UPKEEP_DEADLINE_MS)}, true),
      set_config('lock_timeout', ${String(lockTimeoutMs)}, true)`;
}

/** Subtracts the removed events from the rollups. */
async function repairDays(tx: Transaction): Promise<readonly SiteDate[]> {
  const days = await tx<SiteDate[]>`
    SELECT DISTINCT site_id AS "siteId", date::text FROM duplicate_days`;
  const removed = new Map<string, RowDelta[]>();
  for (const { kind } of countRollups(ROLLUPS)) {
    const rows = await tx<(SiteDate & { key: string; events: number })[]>`
      SELECT site_id AS "siteId", date::text, ${tx(kind)} AS key, count(*)::float8 AS events
      FROM later_events GROUP BY site_id, date, ${tx(kind)}`;
    for (const { key, events, ...day } of rows) {
      removed.getOrInsertComputed(siteDateKey(day), () => []).push({ kind, key, delta: -events });
    }
  }
  await forbidWholeTables(tx);
  for (const { siteId, date } of days) {
    const deltas = removed.get(siteDateKey({ siteId, date })) ?? [];
    const siteDay = { siteId, day: { date, events: 0, firstId: 0n, lastId: 0n }, settledId: 0n };
    await repairRows(tx, siteDay, { rollups: ROLLUPS, deltas });
    await repairTotals(tx, { siteId, date }, ROLLUPS);
  }
  return days;
}
