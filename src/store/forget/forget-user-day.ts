import type { Database } from "../database.ts";
import { UPKEEP_DEADLINE_MS } from "../deadlines.ts";
import type { RowDelta } from "../rollups/day-differences.ts";
import { repairRows, repairTotals } from "../rollups/repair-day.ts";
import { countRollups, ROLLUPS } from "../rollups/rollups.ts";
import { SITE_USERS } from "../rollups/site-users.ts";
import { raiseFloor } from "../rollups/top-paths/raise-floor.ts";
import { removeFloor } from "../rollups/top-paths/remove-floor.ts";
import { blockBatches, waitForUpkeep } from "../upkeep/wait-for-upkeep.ts";

export interface UserDay {
  readonly siteId: string;
  readonly userId: string;
  readonly date: string;
  /** Ids of events to delete. */
  readonly ids: readonly string[];
  /** Whether these are the last of the day: the user's row goes with them, unless a later event needs it. */
  readonly isLast: boolean;
  readonly settledId: bigint;
}

/**
 * Deletes events of a user's day and takes them out of the rollups, in one transaction that blocks batches. By differences, since
 * pruned events cannot be counted again. Returns how many it deleted; fewer than given when a prune took some, whose views stay
 * in the sums.
 *
 * @throws As `blockBatches`. The day is then unchanged.
 */
export async function forgetUserDay(database: Database, userDay: UserDay): Promise<number> {
  const { siteId, userId, date, ids, isLast, settledId } = userDay;
  const day = { siteId, date };
  const counting = countRollups(ROLLUPS);
  const deleted = await database.transaction(UPKEEP_DEADLINE_MS, async (tx) => {
    await waitForUpkeep(tx);
    await blockBatches(tx);
    const rows = await tx`
      DELETE FROM events
      WHERE id = ANY (${ids}::text[]::bigint[]) AND site_id = ${siteId} AND user_id = ${userId}
      RETURNING ${counting.map(({ key }, index) => tx`${index === 0 ? tx`` : tx`,`} ${tx.unsafe(key.sql)}`)}`.values();
    const deltas: RowDelta[] = counting.flatMap(({ kind }, index) =>
      negativeCounts(rows.map((row) => String(row[index]))).map(([key, delta]) => ({
        kind,
        key,
        delta,
      })),
    );
    if (isLast) deltas.push({ kind: SITE_USERS.kind, key: userId, delta: -1 });
    const ofDay = { date, events: 0, firstId: 0n, lastId: 0n };
    await repairRows(tx, { siteId, day: ofDay, settledId }, { rollups: ROLLUPS, deltas });
    await repairTotals(tx, day, ROLLUPS);
    await removeFloor(tx, day);
    return rows.length;
  });
  while ((await raiseFloor(database, day)) > 0);
  return deleted;
}

function negativeCounts(keys: readonly string[]): readonly [string, number][] {
  const counts = new Map<string, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) - 1);
  return [...counts].toSorted(([a], [b]) => (a < b ? -1 : 1));
}
