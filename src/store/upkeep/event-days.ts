import type { Transaction } from "../database.ts";

/** UTC, `YYYY-MM-DD`, both included. `-infinity` and `infinity` are no bound. */
export interface DayRange {
  readonly siteId: string | undefined;
  readonly from: string;
  readonly to: string;
}

export interface EventDay {
  readonly date: string;
  readonly events: number;
  readonly firstId: bigint;
  readonly lastId: bigint;
}

/** Reads all events, since no index has the days. The id ranges save doing so again for each day. */
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
    date: date.toISOString().slice(0, 10),
    events: Number(events),
    firstId: BigInt(firstId),
    lastId: BigInt(lastId),
  }));
}

/** Returns days with pruned events, in order; UTC, `YYYY-MM-DD`. */
export async function prunedDays(
  tx: Transaction,
  { siteId, from, to }: { siteId: string; from: string; to: string },
): Promise<readonly string[]> {
  const rows = await tx<{ date: string }[]>`
    SELECT date::text FROM pruned_days
    WHERE site_id = ${siteId} AND date BETWEEN ${from}::text::date AND ${to}::text::date
    ORDER BY pruned_days.date
  `;
  return rows.map(({ date }) => date);
}
