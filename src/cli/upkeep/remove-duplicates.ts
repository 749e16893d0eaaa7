import type { Database } from "../../store/database.ts";
import { rebuildDay } from "../../store/rollups/rebuild-day.ts";
import { readDays, readSettledId } from "../../store/rollups/rebuild-plan.ts";
import { type SiteDate, siteDateKey } from "../../store/rollups/rollup.ts";
import type { VerifyOutcome } from "../../store/rollups/verify-rollups.ts";
import {
  type FixedDuplicates,
  fixDuplicates,
} from "../../store/schema/duplicates/fix-duplicates.ts";
import { openProgress } from "../import/progress.ts";
import { count } from "../plain-text.ts";
import { whenFree } from "./when-free.ts";

/**
 * Removes duplicate rows. Returns what it removed.
 *
 * @throws CommandFailure when another session keeps a table locked; what the driver throws.
 */
export async function removeDuplicates(
  database: Database,
  signal: AbortSignal,
): Promise<FixedDuplicates> {
  return await whenFree(signal, async () => await fixDuplicates(database));
}

/**
 * Counts all days again with `verify`, and rebuilds those that are wrong: also those that a run before this one left, which was
 * interrupted after it had removed the rows. A day with pruned events stays as it is. Returns what `verify` found last.
 */
export async function countAgain(
  database: Database,
  { verify, signal }: { verify: () => Promise<VerifyOutcome>; signal: AbortSignal },
): Promise<VerifyOutcome> {
  const tried = new Set<string>();
  for (;;) {
    const outcome = await verify();
    const wrong = new Map<string, SiteDate>();
    for (const row of outcome.rows) {
      if (row.kind === "double") continue;
      const day = { siteId: row.site_id, date: row.date };
      if (!tried.has(siteDateKey(day))) wrong.set(siteDateKey(day), day);
    }
    if (wrong.size === 0) return outcome;
    await rebuildDays(database, [...wrong.values()], signal);
    for (const key of wrong.keys()) tried.add(key);
  }
}

async function rebuildDays(
  database: Database,
  days: readonly SiteDate[],
  signal: AbortSignal,
): Promise<void> {
  const settledId = await whenFree(signal, async () => await readSettledId(database));
  const progress = openProgress({ title: "Rebuilding", total: days.length });
  let rebuilt = 0;
  try {
    for (const { siteId, date } of days) {
      const range = { siteId, from: date, to: date };
      for (const day of await readDays(database, range)) {
        const siteDay = { siteId, day, settledId };
        await whenFree(signal, async () => await rebuildDay(database, siteDay));
      }
      rebuilt += 1;
      progress.update(rebuilt, count(rebuilt, "day"));
    }
  } finally {
    progress.stop();
  }
}

/** What was removed, a line a table. */
export function removedLines({ removed, days }: FixedDuplicates): readonly string[] {
  if (removed.length === 0) return ["There are no duplicate rows."];
  return [
    ...removed.map(({ table, rows }) => `Removed ${count(rows, "row")} of ${table}.`),
    `Counting ${count(days.length, "day")} again.`,
  ];
}
