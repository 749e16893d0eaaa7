import { forbidWholeTables } from "../../allow-whole-tables.ts";
import type { Database, Transaction } from "../../database.ts";
import { mendRows, mendTotals } from "../../rollups/mend-day.ts";
import { UPKEEP_DEADLINE_MS, UPKEEP_LOCK } from "../../upkeep/upkeep-lock.ts";
import { ADVISORY_LOCK, applyMigration } from "../migrate.ts";
import { ignoreIndexes, trustIndexes } from "./find-duplicates.ts";
import { pendingKeys } from "./pending-keys.ts";
import { type RemovedRows, removeDuplicates } from "./remove-duplicates.ts";
import { TEXT_KEYS } from "./text-key.ts";

/** How long to wait for a table; shorter than batches wait for a lock themselves. */
const LOCK_TIMEOUT_MS = 3_000;

/** A day of a site that had duplicate rows; UTC, `YYYY-MM-DD`. */
export interface DoubledDay {
  readonly siteId: string;
  readonly date: string;
}

/** What was removed, by table, and the days that must be counted again. */
export interface FixedDuplicates {
  readonly removed: readonly RemovedRows[];
  readonly days: readonly DoubledDay[];
}

/**
 * Removes duplicate rows and makes their keys safe, in one transaction, so that no batch adds another in between. Of an
 * event the first row stays, and the rollups lose what the later ones added. Rows of a rollup become one row with their sum.
 * Batches wait meanwhile. Their first statement is on `events` or on `dead_events` alone, so holding all tables in the order in
 * which batches use them cannot deadlock.
 *
 * Does nothing once every key is safe. Days whose events are all there must be counted again afterwards; the numbers of the
 * others are right as far as the rollups have counted every row once.
 *
 * @throws What the driver throws: 55P03 when another session holds a table, 0A000 when a view uses a column.
 */
export async function fixDuplicates(database: Database): Promise<FixedDuplicates> {
  return await database.transaction(UPKEEP_DEADLINE_MS, async (tx) => {
    await setTimeouts(tx, UPKEEP_DEADLINE_MS);
    await tx`SELECT pg_advisory_xact_lock(${ADVISORY_LOCK})`;
    await tx`SELECT pg_advisory_xact_lock(${UPKEEP_LOCK})`;
    const pending = await pendingKeys(tx);
    if (pending.length === 0) return { removed: [], days: [] };
    await setTimeouts(tx, LOCK_TIMEOUT_MS);
    await tx.unsafe(`LOCK TABLE ${Object.keys(TEXT_KEYS).join(", ")} IN ACCESS EXCLUSIVE MODE`);
    await ignoreIndexes(tx);
    const removed = await removeDuplicates(
      tx,
      pending.map(({ textKey }) => textKey),
    );
    for (const migration of pending) await applyMigration(tx, migration);
    await trustIndexes(tx);
    return { removed, days: await mendDays(tx) };
  });
}

async function setTimeouts(tx: Transaction, lockTimeoutMs: number): Promise<void> {
  await tx`
    SELECT set_config('statement_timeout', ${String(UPKEEP_DEADLINE_MS)}, true),
      set_config('lock_timeout', ${String(lockTimeoutMs)}, true)`;
}

/** Takes what the removed events added from the rollups of their days, and makes the totals of all doubled days agree. */
async function mendDays(tx: Transaction): Promise<readonly DoubledDay[]> {
  const rows = await tx<{ siteId: string; date: string; path: string | null; views: number }[]>`
    SELECT days.site_id AS "siteId", days.date::text, later.path, count(later.path)::float8 AS views
    FROM (SELECT DISTINCT site_id, date FROM doubled_days) AS days
    LEFT JOIN later_events AS later USING (site_id, date)
    GROUP BY days.site_id, days.date, later.path
  `;
  await forbidWholeTables(tx);
  const days = Map.groupBy(rows, ({ siteId, date }) => `${siteId}\0${date}`);
  const mended: DoubledDay[] = [];
  for (const [first, ...others] of days.values()) {
    if (first === undefined) continue;
    const { siteId, date } = first;
    const drift = [first, ...others].flatMap(({ path, views }) =>
      path === null ? [] : [{ kind: "path" as const, key: path, delta: -views }],
    );
    const siteDay = { siteId, day: { date, events: 0, firstId: 0n, lastId: 0n }, settledId: 0n };
    await mendRows(tx, siteDay, drift);
    await mendTotals(tx, siteDay);
    mended.push({ siteId, date });
  }
  return mended;
}
