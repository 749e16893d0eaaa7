import type { Database } from "../../store/database.ts";
import { rebuildDay } from "../../store/rollups/rebuild-day.ts";
import { readDays, readSettledId } from "../../store/rollups/rebuild-plan.ts";
import { type SiteDate, siteDateKey } from "../../store/rollups/rollup.ts";
import type { VerifyOutcome } from "../../store/rollups/verify-rollups.ts";
import type { FixedDuplicates } from "../../store/schema/duplicates/fix-duplicates.ts";
import { openProgress } from "../progress.ts";
import type { Shell } from "../shell.ts";
import { count } from "../text.ts";
import { retryLocked } from "./retry-locked.ts";

/**
 * Calls `verify` and rebuilds the days that are wrong, until none is left: also those of an earlier run that was
 * interrupted after it had removed rows. Days with pruned events stay as they are. Returns the last outcome of `verify`.
 */
export async function rebuildWrongDays(
  shell: Shell,
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
    await rebuildDays(shell, database, { days: [...wrong.values()], signal });
    for (const key of wrong.keys()) tried.add(key);
  }
}

async function rebuildDays(
  shell: Shell,
  database: Database,
  { days, signal }: { days: readonly SiteDate[]; signal: AbortSignal },
): Promise<void> {
  const settledId = await retryLocked(signal, async () => await readSettledId(database));
  using progress = openProgress(shell, "Rebuilding");
  for (const [index, { siteId, date }] of days.entries()) {
    for (const day of await readDays(database, { siteId, from: date, to: date })) {
      const siteDay = { siteId, day, settledId };
      await retryLocked(signal, async () => await rebuildDay(database, siteDay));
    }
    progress.update(count(index + 1, "day"), (index + 1) / days.length);
  }
}

export function removedLines({ removed, days }: FixedDuplicates): readonly string[] {
  if (removed.length === 0) return ["There are no duplicate rows."];
  return [
    ...removed.map(({ table, rows }) => `Removed ${count(rows, "row")} from ${table}.`),
    `Rebuilding ${count(days.length, "day")}.`,
  ];
}
