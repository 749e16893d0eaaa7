import type { Database, Transaction } from "../database.ts";
import { UPKEEP_DEADLINE_MS } from "../deadlines.ts";
import type { RowDelta } from "../rollups/day-differences.ts";
import { PATH_COUNTS } from "../rollups/path-counts.ts";
import { repairRows, repairTotals } from "../rollups/repair-day.ts";
import { countRollups, ROLLUPS } from "../rollups/rollups.ts";
import { SITE_USERS } from "../rollups/site-users.ts";
import { raiseFloor } from "../rollups/top-paths/raise-floor.ts";
import { removeFloor } from "../rollups/top-paths/remove-floor.ts";
import { blockBatches, waitForUpkeep } from "../upkeep/wait-for-upkeep.ts";
import { type ForgottenDay, readLaterEvents } from "./later-events.ts";
import { type ChunkEditor, forgetPacked, holdSite } from "./packed-user.ts";

export interface UserDay extends ForgottenDay {
  /** Ids of those to delete. */
  readonly ids: readonly string[];
  /** Whether these are the last of the day: the user's row goes with them, unless a later event needs it. */
  readonly isLast: boolean;
}

/**
 * Deletes events of a user's day, and takes them out of its chunks and rollups, in one transaction that blocks batches. By differences,
 * since pruned events cannot be counted again: those in chunks are known by path, and the views of others stay in the sums. Returns how
 * many events it removed.
 *
 * @throws As `blockBatches`; QueueFlowError `chunk_damaged`. The day is then unchanged.
 */
export async function forgetUserDay(
  database: Database,
  userDay: UserDay,
  editor: ChunkEditor,
): Promise<number> {
  const { siteId, userId, date, ids, isLast, settledId } = userDay;
  const day = { siteId, date };
  const counting = countRollups(ROLLUPS);
  const deleted = await database.transaction(UPKEEP_DEADLINE_MS, async (tx) => {
    await waitForUpkeep(tx);
    const packedId = await holdSite(tx, siteId);
    const pruned = await forgetPruned(tx, userDay, { packedId, editor });
    await blockBatches(tx);
    const rows = await tx`
      DELETE FROM events
      WHERE id = ANY (${ids}::text[]::bigint[]) AND site_id = ${siteId} AND user_id = ${userId}
      RETURNING ${counting.map(({ key }, index) => tx`${index === 0 ? tx`` : tx`,`} ${tx.unsafe(key.sql)}`)}`.values();
    const deltas: RowDelta[] = counting.flatMap(({ kind }, index) => {
      const keys = rows.map((row) => String(row[index]));
      const counts = negativeCounts(keys, kind === PATH_COUNTS.kind ? pruned : new Map());
      return counts.map(([key, delta]) => ({ kind, key, delta }));
    });
    if (isLast) deltas.push({ kind: SITE_USERS.kind, key: userId, delta: -1 });
    const ofDay = { date, events: 0, firstId: 0n, lastId: 0n };
    await repairRows(tx, { siteId, day: ofDay, settledId }, { rollups: ROLLUPS, deltas });
    await repairTotals(tx, day, ROLLUPS);
    await removeFloor(tx, day);
    return rows.length + [...pruned.values()].reduce((sum, events) => sum + events, 0);
  });
  while ((await raiseFloor(database, day)) > 0);
  return deleted;
}

/** Takes the user out of the day's chunks. Returns by path what is in no row any more. */
async function forgetPruned(
  tx: Transaction,
  userDay: UserDay,
  { packedId, editor }: { readonly packedId: string; readonly editor: ChunkEditor },
): Promise<ReadonlyMap<string, number>> {
  const { siteId, userId, date, idsOfDay } = userDay;
  const later = await readLaterEvents(tx, userDay, packedId);
  const packed = await forgetPacked(tx, { siteId, date, userId, later }, editor);
  if (packed.size === 0) return packed;
  const rows = await tx<{ path: string; events: number }[]>`
    SELECT path, count(*)::int AS events FROM events
    WHERE id = ANY (${idsOfDay}::text[]::bigint[]) AND site_id = ${siteId} AND user_id = ${userId} AND id <= ${packedId}::text::bigint
    GROUP BY path`;
  const stored = new Map(rows.map(({ path, events }) => [path, events]));
  const pruned = new Map<string, number>();
  for (const [path, events] of packed) {
    const gone = events - (stored.get(path) ?? 0);
    if (gone > 0) pruned.set(path, gone);
  }
  const total = [...pruned.values()].reduce((sum, events) => sum + events, 0);
  await tx`
    UPDATE pruned_days SET events = events - ${total}, packed = packed - ${total}
    WHERE site_id = ${siteId} AND date = ${date}::text::date`;
  await tx`DELETE FROM pruned_days WHERE site_id = ${siteId} AND date = ${date}::text::date AND events <= 0`;
  return pruned;
}

/** Counts a key in `keys` and `pruned` once: the statement that adds the counts takes no key twice. */
function negativeCounts(
  keys: readonly string[],
  pruned: ReadonlyMap<string, number>,
): readonly [string, number][] {
  const counts = new Map([...pruned].map(([key, events]) => [key, -events]));
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) - 1);
  return [...counts].toSorted(([a], [b]) => (a < b ? -1 : 1));
}
