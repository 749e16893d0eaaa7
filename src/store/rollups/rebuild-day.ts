import { allowWholeTables, forbidWholeTables } from "../allow-whole-tables.ts";
import type { Database } from "../database.ts";
import { UPKEEP_DEADLINE_MS } from "../deadlines.ts";
import { prunedDays } from "../upkeep/event-days.ts";
import { blockBatches, waitForUpkeep } from "../upkeep/wait-for-upkeep.ts";
import { fetchDifferences, openDifferences, rowsOfDay, type SiteDay } from "./day-differences.ts";
import { PATH_COUNTS } from "./path-counts.ts";
import { repairRows, repairTotals } from "./repair-day.ts";
import type { Rollup } from "./rollup.ts";
import { ROLLUPS } from "./rollups.ts";
import { raiseFloor } from "./top-paths/raise-floor.ts";
import { removeFloor } from "./top-paths/remove-floor.ts";

/** Wrong rows by the kind of their rollup, or `day` for the totals. */
export type RebuiltDay =
  | { readonly kind: "rebuilt"; readonly repaired: ReadonlyMap<string, number> }
  | { readonly kind: "pruned" };

export interface RebuildOptions {
  readonly rollups?: readonly Rollup[];
  /** Drops the numbers of pruned events, instead of leaving a day that has some. */
  readonly dropsPruned?: boolean;
}

/**
 * Finds the differences without a lock, and blocks batches only to write them.
 *
 * @throws As `blockBatches`. The day is then unchanged.
 */
export async function rebuildDay(
  database: Database,
  siteDay: SiteDay,
  { rollups = ROLLUPS, dropsPruned = false }: RebuildOptions = {},
): Promise<RebuiltDay> {
  const rebuilt = await rebuild(database, siteDay, { rollups, dropsPruned });
  if (rebuilt.kind === "pruned" || !rebuilt.repaired.has(PATH_COUNTS.kind)) return rebuilt;
  const day = { siteId: siteDay.siteId, date: siteDay.day.date };
  while ((await raiseFloor(database, day)) > 0);
  return rebuilt;
}

async function rebuild(
  database: Database,
  siteDay: SiteDay,
  { rollups, dropsPruned }: Required<RebuildOptions>,
): Promise<RebuiltDay> {
  const { siteId, day } = siteDay;
  return await database.transaction(UPKEEP_DEADLINE_MS, async (tx) => {
    // Two rebuilds would repair the same difference twice, and a prune would take the events.
    await waitForUpkeep(tx);
    await allowWholeTables(tx);
    if (dropsPruned) {
      await tx`DELETE FROM pruned_days WHERE ${rowsOfDay(tx, { siteId, date: day.date })}`;
    }
    const pruned = await prunedDays(tx, { siteId, from: day.date, to: day.date });
    if (pruned.length > 0) return { kind: "pruned" };
    await openDifferences(tx, siteDay, rollups);
    // The cursor has its plan; repairs touch a few rows each.
    await forbidWholeTables(tx);
    const repaired = new Map<string, number>();
    for (;;) {
      const deltas = await fetchDifferences(tx);
      if (deltas.length === 0) break;
      if (repaired.size === 0) await blockBatches(tx);
      await repairRows(tx, siteDay, { rollups, deltas });
      for (const { kind } of deltas) repaired.set(kind, (repaired.get(kind) ?? 0) + 1);
    }
    const siteDate = { siteId, date: day.date };
    if (repaired.size > 0) await repairTotals(tx, siteDate, rollups);
    if (repaired.has(PATH_COUNTS.kind)) await removeFloor(tx, siteDate);
    return { kind: "rebuilt", repaired };
  });
}
