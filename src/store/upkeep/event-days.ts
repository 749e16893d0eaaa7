import type { Transaction } from "../database.ts";

/** Days of one site or of all; UTC, `YYYY-MM-DD`, both included, `-infinity` and `infinity` for no bound. */
export interface DayRange {
  readonly siteId: string | undefined;
  readonly from: string;
  readonly to: string;
}

/** A day that has events, and the ids between which they are. */
export interface EventDay {
  readonly date: string;
  readonly events: number;
  readonly firstId: bigint;
  readonly lastId: bigint;
}

/**
 * The days that have events, in order. No index knows the days, so this reads all events; but ids ascend as events come
 * in, and who knows between which ids a day lies need not read all of them again for it.
 */
export async function readEventDays(
  tx: Transaction,
  { siteId, from, to }: DayRange,
): Promise<readonly EventDay[]> {
  const rows = await tx`
    SELECT (timestamp AT TIME ZONE 'UTC')::date AS date, count(*), min(id), max(id)
    FROM events
    WHERE timestamp >= ${from}::text::date::timestamp AT TIME ZONE 'UTC'
      AND timestamp < (${to}::text::date + 1)::timestamp AT TIME ZONE 'UTC'
      ${siteId === undefined ? tx`` : tx`AND site_id = ${siteId}`}
    GROUP BY 1
    ORDER BY 1
  `.values();
  return rows.map(([date, events, firstId, lastId]) => ({
    date: dayOf(date),
    events: Number(events),
    firstId: BigInt(firstId),
    lastId: BigInt(lastId),
  }));
}

function dayOf(date: Date): string {
  return date.toISOString().slice(0, 10);
}
