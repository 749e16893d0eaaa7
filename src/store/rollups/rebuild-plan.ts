import { allowWholeTables } from "../allow-whole-tables.ts";
import type { Database } from "../database.ts";
import { UPKEEP_DEADLINE_MS } from "../deadlines.ts";
import { type DayRange, type EventDay, readEventDays } from "../upkeep/event-days.ts";
import { LOCK_TIMEOUT_MS } from "../upkeep/wait-for-upkeep.ts";
import { rowsOf } from "./day-span.ts";
import { DAY_TOTALS, ROLLUPS } from "./rollups.ts";

export interface SiteRange extends DayRange {
  readonly siteId: string;
}

/**
 * Returns the newest id once every transaction that may store a smaller one has ended.
 *
 * @throws What the driver throws: 55P03 when that takes longer than a batch may.
 */
export async function readSettledId(database: Database): Promise<bigint> {
  return await database.transaction(UPKEEP_DEADLINE_MS, async (tx) => {
    await tx`SELECT set_config('lock_timeout', ${String(LOCK_TIMEOUT_MS)}, true)`;
    await tx`LOCK TABLE events IN SHARE MODE`;
    const [row] = await tx<{ id: string }[]>`SELECT coalesce(max(id), 0)::text AS id FROM events`;
    return BigInt(row?.id ?? 0);
  });
}

/** Returns the days with events or rollups, in order. Call it after `readSettledId`. */
export async function readDays(
  database: Database,
  range: SiteRange,
  rollups = ROLLUPS,
): Promise<readonly EventDay[]> {
  return await database.transaction(UPKEEP_DEADLINE_MS, async (tx) => {
    await allowWholeTables(tx);
    const withEvents = await readEventDays(tx, range);
    const withRollups = await tx<{ date: string }[]>`
      SELECT date::text FROM ${tx(DAY_TOTALS)} WHERE ${rowsOf(tx, range)}
      ${rollups.map(({ table }) => tx`UNION SELECT date::text FROM ${tx(table)} WHERE ${rowsOf(tx, range)}`)}
    `;
    const days = new Map<string, EventDay>();
    for (const { date } of withRollups) {
      days.set(date, { date, events: 0, firstId: 0n, lastId: 0n });
    }
    for (const day of withEvents) days.set(day.date, day);
    return [...days.values()].toSorted((a, b) => (a.date < b.date ? -1 : 1));
  });
}
