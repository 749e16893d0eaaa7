import type { Transaction } from "../database.ts";
import type { EventDay } from "../upkeep/event-days.ts";
import type { Rollup, SiteDate } from "./rollup.ts";
import { DAY_TOTALS } from "./rollups.ts";

const PAGE_ROWS = 5_000;

/** `settledId` is the newest id when the work began: no later batch stores an event below it. */
export interface SiteDay {
  readonly siteId: string;
  readonly day: EventDay;
  readonly settledId: bigint;
}

/** What a row lacks; negative for a surplus. Without a count, 1 or -1. The kind `day` means wrong totals. */
export interface RowDelta {
  readonly kind: string;
  readonly key: string;
  readonly delta: number;
}

/** Opens a cursor. Batches change no difference: each adds the same to the events and the rollups. */
export async function openDifferences(
  tx: Transaction,
  { siteId, day, settledId }: SiteDay,
  rollups: readonly Rollup[],
): Promise<void> {
  const { date, firstId, lastId } = day;
  const ofDay = rowsOfDay(tx, { siteId, date });
  await tx`
    DECLARE differences NO SCROLL CURSOR FOR
    WITH raw AS MATERIALIZED (
      SELECT user_id, ${rollups.map(({ kind, key }, index) => tx`${index === 0 ? tx`` : tx`,`} ${tx.unsafe(key.sql)} AS ${tx(`${kind}_key`)}`)}
      FROM events
      WHERE site_id = ${siteId} AND ${timestampsOf(tx, date)}
        AND (id BETWEEN ${String(firstId)} AND ${String(lastId)} OR id > ${String(settledId)})
    ), counted AS (
      SELECT nullif(count(*), 0) AS views, nullif(count(DISTINCT user_id), 0) AS users FROM raw
    ), kept AS (
      SELECT total_views, unique_users FROM ${tx(DAY_TOTALS)} WHERE ${ofDay}
    )
    SELECT 'day' AS kind, '' AS key, 0::float8 AS delta
    FROM counted LEFT JOIN kept ON true
    WHERE (views, users) IS DISTINCT FROM (total_views, unique_users)
    ${rollups.map(
      ({ kind, table, key, views }) => tx`
    UNION ALL
    SELECT ${kind}, key COLLATE "C", (coalesce(counted, 0) - coalesce(kept, 0))::float8
    FROM (
      SELECT ${tx(`${kind}_key`)} AS key, ${views === undefined ? tx`1` : tx`count(*)`} AS counted FROM raw GROUP BY 1
    ) AS counted
    FULL JOIN (
      SELECT ${tx(key.column)} AS key, ${views === undefined ? tx`1` : tx(views)} AS kept FROM ${tx(table)} WHERE ${ofDay}
    ) AS kept USING (key)
    WHERE counted IS DISTINCT FROM kept`,
    )}
    ORDER BY kind, key
  `;
}

/** Returns none after the last. The first call compares the whole day. */
export async function fetchDifferences(tx: Transaction): Promise<readonly RowDelta[]> {
  return await tx.unsafe<RowDelta[]>(`FETCH ${PAGE_ROWS} FROM differences`);
}

export function rowsOfDay(tx: Transaction, { siteId, date }: SiteDate) {
  return tx`site_id = ${siteId} AND date = ${date}::text::date`;
}

export function timestampsOf(tx: Transaction, date: string) {
  return tx`
    timestamp >= ${date}::text::date::timestamp AT TIME ZONE 'UTC'
    AND timestamp < (${date}::text::date + 1)::timestamp AT TIME ZONE 'UTC'`;
}
