import type { Database } from "../../store/database.ts";
import {
  type DoubledDay,
  type FixedDuplicates,
  fixDuplicates,
} from "../../store/duplicates/fix-duplicates.ts";
import { rebuildDay } from "../../store/rebuild-day.ts";
import { planRebuild } from "../../store/rebuild-plan.ts";
import { openProgress } from "../import/progress.ts";
import { count } from "../plain-text.ts";
import { whenFree } from "./when-free.ts";

/**
 * Removes rows that are in twice and counts their days again, those with pruned events excepted. Returns what it removed.
 *
 * @throws CommandFailure when another session keeps a table locked; what the driver throws.
 */
export async function removeDuplicates(
  database: Database,
  signal: AbortSignal,
): Promise<FixedDuplicates> {
  const fixed = await whenFree(signal, async () => await fixDuplicates(database));
  if (fixed.days.length === 0) return fixed;
  const progress = openProgress({ title: "Counting again", total: fixed.days.length });
  let counted = 0;
  try {
    for (const [siteId, days] of Map.groupBy(fixed.days, (day) => day.siteId)) {
      await recount(database, siteId, { days, signal });
      counted += days.length;
      progress.update(counted, count(counted, "day"));
    }
  } finally {
    progress.stop();
  }
  return fixed;
}

async function recount(
  database: Database,
  siteId: string,
  { days, signal }: { days: readonly DoubledDay[]; signal: AbortSignal },
): Promise<void> {
  const dates = new Set(days.map(({ date }) => date));
  const inOrder = [...dates].toSorted();
  const range = { siteId, from: inOrder.at(0) ?? "", to: inOrder.at(-1) ?? "" };
  const plan = await whenFree(signal, async () => await planRebuild(database, range));
  for (const day of plan.days) {
    if (!dates.has(day.date)) continue;
    const siteDay = { siteId, day, settledId: plan.settledId };
    await whenFree(signal, async () => await rebuildDay(database, siteDay));
  }
}

/** What was removed, a line a table. */
export function removedLines({ removed, days }: FixedDuplicates): readonly string[] {
  if (removed.length === 0) return ["No row is in twice."];
  return [
    ...removed.map(({ table, rows }) => `Removed ${count(rows, "row")} of ${table}.`),
    `Counted ${count(days.length, "day")} again.`,
  ];
}
