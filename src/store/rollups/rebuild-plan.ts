import { allowWholeTables } from "../allow-whole-tables.ts";
import type { Database } from "../database.ts";
import { type DayRange, type EventDay, readEventDays } from "../upkeep/event-days.ts";
import { UPKEEP_DEADLINE_MS } from "../upkeep/upkeep-lock.ts";

/** How long batches are let finish before the attempt is given up; shorter than they wait for a lock themselves. */
const LOCK_TIMEOUT_MS = 3_000;

/** Days of one site. */
export interface SiteRange extends DayRange {
  readonly siteId: string;
}

/** What must be known to count days again while events come in. */
export interface RebuildPlan {
  /** The days that have events or rollups, in order; `events` is 0 where only rollups are left. */
  readonly days: readonly EventDay[];
  /** Whether an event has this id or a smaller one is settled: all others will have larger ones. */
  readonly settledId: bigint;
}

/**
 * Finds what there is to count again.
 *
 * @throws What the driver throws: 55P03 when something holds the table for longer than a batch may take.
 */
export async function planRebuild(database: Database, range: SiteRange): Promise<RebuildPlan> {
  const settledId = await readSettledId(database);
  return { days: await readDays(database, range), settledId };
}

/**
 * Returns the newest id once no event is about to be stored with a smaller one. Waits for the time of a batch.
 *
 * @throws What the driver throws: 55P03 when something holds the table for longer than a batch may take.
 */
export async function readSettledId(database: Database): Promise<bigint> {
  return await database.transaction(UPKEEP_DEADLINE_MS, async (tx) => {
    await tx`SELECT set_config('lock_timeout', ${String(LOCK_TIMEOUT_MS)}, true)`;
    await tx`LOCK TABLE events IN SHARE MODE`;
    const [row] = await tx<{ id: string }[]>`SELECT coalesce(max(id), 0)::text AS id FROM events`;
    return BigInt(row?.id ?? 0);
  });
}

/** The days of a range that have events or rollups, in order. To be called after `readSettledId`. */
export async function readDays(database: Database, range: SiteRange): Promise<readonly EventDay[]> {
  return await database.transaction(UPKEEP_DEADLINE_MS, async (tx) => {
    await allowWholeTables(tx);
    const withEvents = await readEventDays(tx, range);
    const { siteId, from, to } = range;
    const withRollups = await tx<{ date: string }[]>`
      SELECT date::text FROM daily_site_stats
      WHERE site_id = ${siteId} AND date BETWEEN ${from}::text::date AND ${to}::text::date
      UNION
      SELECT date::text FROM daily_site_path_counts
      WHERE site_id = ${siteId} AND date BETWEEN ${from}::text::date AND ${to}::text::date
      UNION
      SELECT date::text FROM daily_site_users
      WHERE site_id = ${siteId} AND date BETWEEN ${from}::text::date AND ${to}::text::date
    `;
    const days = new Map<string, EventDay>();
    for (const { date } of withRollups) {
      days.set(date, { date, events: 0, firstId: 0n, lastId: 0n });
    }
    for (const day of withEvents) days.set(day.date, day);
    return [...days.values()].toSorted((a, b) => (a.date < b.date ? -1 : 1));
  });
}
