import { allowWholeTables, forbidWholeTables } from "../allow-whole-tables.ts";
import type { Database } from "../database.ts";
import { prunedDays } from "../upkeep/pruned-days.ts";
import { UPKEEP_DEADLINE_MS, UPKEEP_LOCK } from "../upkeep/upkeep-lock.ts";
import { type Drift, fetchDrift, openDrift, type SiteDay } from "./drift.ts";
import { mendRows, mendTotals } from "./mend-day.ts";
import { raiseFloor } from "./top-paths/raise-floor.ts";
import { removeFloor } from "./top-paths/remove-floor.ts";

/** How long batches are let finish before the attempt is given up; shorter than they wait for a lock themselves. */
const LOCK_TIMEOUT_MS = 3_000;

/** What became of a day: how many of its rows were wrong, or that its events are gone and it was left as it is. */
export type RebuiltDay =
  | {
      readonly kind: "rebuilt";
      readonly users: number;
      readonly paths: number;
      readonly totals: number;
    }
  | { readonly kind: "pruned" };

/**
 * Makes a day's rollups what its events say, in one transaction, while batches go on: it finds out, without a lock, how the
 * rollups differ from the events, which no batch changes. When nothing does, nothing is written and nobody waits. Otherwise
 * it holds off batches for the time that it takes to write the difference. Their first statement is on `events`, so a lock
 * on that table finds none of them half done, and none can hold what this waits for: there is no deadlock.
 *
 * @throws What the driver throws: 55P03 when something else holds the table for longer than a batch may take; the day is
 *   then as it was.
 */
export async function rebuildDay(database: Database, siteDay: SiteDay): Promise<RebuiltDay> {
  const rebuilt = await rebuild(database, siteDay);
  if (rebuilt.kind === "pruned" || rebuilt.paths === 0) return rebuilt;
  const day = { siteId: siteDay.siteId, date: siteDay.day.date };
  while ((await raiseFloor(database, day)) > 0);
  return rebuilt;
}

async function rebuild(database: Database, siteDay: SiteDay): Promise<RebuiltDay> {
  const { siteId, day } = siteDay;
  return await database.transaction(UPKEEP_DEADLINE_MS, async (tx) => {
    await allowWholeTables(tx);
    // Two at once would both mend the same difference. Nor may the events go meanwhile.
    await tx`SELECT set_config('lock_timeout', ${String(UPKEEP_DEADLINE_MS)}, true)`;
    await tx`SELECT pg_advisory_xact_lock(${UPKEEP_LOCK})`;
    const pruned = await prunedDays(tx, { siteId, from: day.date, to: day.date });
    if (pruned.length > 0) return { kind: "pruned" };
    await openDrift(tx, siteDay);
    // The cursor has its plan; the statements that repair rows touch a few each.
    await forbidWholeTables(tx);
    const counts = { user: 0, path: 0, day: 0 };
    let isHeld = false;
    for (;;) {
      const drift = await fetchDrift(tx);
      if (drift.length === 0) break;
      if (!isHeld) {
        await tx`SELECT set_config('lock_timeout', ${String(LOCK_TIMEOUT_MS)}, true)`;
        await tx`LOCK TABLE events IN SHARE ROW EXCLUSIVE MODE`;
        isHeld = true;
      }
      await mendRows(tx, siteDay, drift);
      countKinds(counts, drift);
    }
    if (counts.path > 0) await removeFloor(tx, { siteId, date: day.date });
    if (isHeld) await mendTotals(tx, siteDay);
    return { kind: "rebuilt", users: counts.user, paths: counts.path, totals: counts.day };
  });
}

function countKinds(counts: Record<Drift["kind"], number>, drift: readonly Drift[]): void {
  for (const { kind } of drift) counts[kind] += 1;
}
