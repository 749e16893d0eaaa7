import { UPKEEP_LOCK } from "../advisory-locks.ts";
import { allowWholeTables, forbidWholeTables } from "../allow-whole-tables.ts";
import type { Database } from "../database.ts";
import { UPKEEP_DEADLINE_MS } from "../deadlines.ts";
import { prunedDays } from "../upkeep/event-days.ts";
import { fetchDifferences, openDifferences, type SiteDay } from "./day-differences.ts";
import { PATH_COUNTS } from "./path-counts.ts";
import { LOCK_TIMEOUT_MS } from "./rebuild-plan.ts";
import { repairRows, repairTotals } from "./repair-day.ts";
import type { Rollup } from "./rollup.ts";
import { ROLLUPS } from "./rollups.ts";
import { raiseFloor } from "./top-paths/raise-floor.ts";
import { removeFloor } from "./top-paths/remove-floor.ts";

/** Wrong rows by the kind of their rollup, or `day` for the totals. */
export type RebuiltDay =
  | { readonly kind: "rebuilt"; readonly repaired: ReadonlyMap<string, number> }
  | { readonly kind: "pruned" };

/**
 * Finds the differences without a lock, and blocks batches only to write them. Their first statement is on `events`, so locking
 * it finds none half done and cannot deadlock.
 *
 * @throws What the driver throws: 55P03 when another session holds the table for longer than a batch may take. The day is then
 *   unchanged.
 */
export async function rebuildDay(
  database: Database,
  siteDay: SiteDay,
  rollups: readonly Rollup[] = ROLLUPS,
): Promise<RebuiltDay> {
  const rebuilt = await rebuild(database, siteDay, rollups);
  if (rebuilt.kind === "pruned" || !rebuilt.repaired.has(PATH_COUNTS.kind)) return rebuilt;
  const day = { siteId: siteDay.siteId, date: siteDay.day.date };
  while ((await raiseFloor(database, day)) > 0);
  return rebuilt;
}

async function rebuild(
  database: Database,
  siteDay: SiteDay,
  rollups: readonly Rollup[],
): Promise<RebuiltDay> {
  const { siteId, day } = siteDay;
  return await database.transaction(UPKEEP_DEADLINE_MS, async (tx) => {
    await allowWholeTables(tx);
    // Two rebuilds would repair the same difference twice, and a prune would take the events.
    await tx`SELECT set_config('lock_timeout', ${String(UPKEEP_DEADLINE_MS)}, true)`;
    await tx`SELECT pg_advisory_xact_lock(${UPKEEP_LOCK})`;
    const pruned = await prunedDays(tx, { siteId, from: day.date, to: day.date });
    if (pruned.length > 0) return { kind: "pruned" };
    await openDifferences(tx, siteDay, rollups);
    // The cursor has its plan; repairs touch a few rows each.
    await forbidWholeTables(tx);
    const repaired = new Map<string, number>();
    for (;;) {
      const deltas = await fetchDifferences(tx);
      if (deltas.length === 0) break;
      if (repaired.size === 0) {
        await tx`SELECT set_config('lock_timeout', ${String(LOCK_TIMEOUT_MS)}, true)`;
        await tx`LOCK TABLE events IN SHARE ROW EXCLUSIVE MODE`;
      }
      await repairRows(tx, siteDay, { rollups, deltas });
      for (const { kind } of deltas) repaired.set(kind, (repaired.get(kind) ?? 0) + 1);
    }
    const siteDate = { siteId, date: day.date };
    if (repaired.has(PATH_COUNTS.kind)) await removeFloor(tx, siteDate);
    if (repaired.size > 0) await repairTotals(tx, siteDate, rollups);
    return { kind: "rebuilt", repaired };
  });
}
