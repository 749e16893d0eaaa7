import type { SQL } from "bun";
import { siteRowsAfter } from "./site-rows.ts";

/** What a snapshot of a site begins with. */
export interface Opening {
  readonly asOfMs: number;
  readonly firstDate: string | undefined;
  readonly lastDate: string | undefined;
  /** Rows with larger ids are in no chunk. */
  readonly packedId: string;
  /** Undefined before anything was packed. */
  readonly secret: Uint8Array | undefined;
  readonly tail: readonly TailDay[];
}

/** Rows of a UTC day that are in no chunk. */
export interface TailDay {
  readonly date: string;
  readonly rows: number;
  readonly firstId: string;
  readonly lastId: string;
}

/** A chunk. Its ids and version may exceed what a number holds exactly. */
export interface PartRow {
  readonly date: string;
  readonly part: string;
  readonly version: string;
  readonly events: number;
  readonly firstId: string;
  readonly lastId: string;
}

export interface DayTotal {
  readonly date: string;
  /** All events that the day ever had. */
  readonly totalViews: number;
  /** Pruned before they were packed. */
  readonly unpacked: number;
}

/** Of a site, from one UTC date to another, both included. */
export interface DatesQuery {
  readonly siteId: string;
  readonly from: string;
  readonly to: string;
}

/** Counts at most `tailRowsMax` rows of the tail and one more. */
export async function readOpening(
  sql: SQL,
  { siteId, tailRowsMax }: { siteId: string; tailRowsMax: number },
): Promise<Opening> {
  // Sent at once: one round trip.
  const [[site], tail] = await Promise.all([
    sql<OpeningRow[]>`
      SELECT floor(extract(epoch FROM statement_timestamp()) * 1000)::float8 AS "asOfMs",
        (SELECT date::text FROM daily_site_stats WHERE site_id = ${siteId} ORDER BY daily_site_stats.date LIMIT 1) AS first,
        (SELECT date::text FROM daily_site_stats WHERE site_id = ${siteId} ORDER BY daily_site_stats.date DESC LIMIT 1) AS last,
        (SELECT packed_id::text FROM site_packing WHERE site_id = ${siteId}) AS "packedId",
        (SELECT secret FROM packing_secret WHERE only_row) AS secret`,
    sql.unsafe<TailDay[]>(TAIL, [siteId, tailRowsMax + 1]),
  ]);
  return {
    asOfMs: site?.asOfMs ?? 0,
    firstDate: site?.first ?? undefined,
    lastDate: site?.last ?? undefined,
    packedId: site?.packedId ?? "0",
    secret: site?.secret ?? undefined,
    tail,
  };
}

interface OpeningRow {
  readonly asOfMs: number;
  readonly first: string | null;
  readonly last: string | null;
  readonly packedId: string | null;
  readonly secret: Uint8Array | null;
}

const PACKED_ID = "coalesce((SELECT packed_id FROM site_packing WHERE site_id = $1), 0)";
const TAIL = `
  SELECT (timestamp AT TIME ZONE 'UTC')::date::text AS date, count(*)::int4 AS rows, min(id)::text AS "firstId", max(id)::text AS "lastId"
  FROM (
    SELECT id, timestamp
    FROM events
    WHERE ${siteRowsAfter("$1", PACKED_ID)}
    ORDER BY site_id, id
    LIMIT $2
  ) AS tail
  GROUP BY 1`;

export async function readDayTotals(
  sql: SQL,
  { siteId, from, to }: DatesQuery,
): Promise<readonly DayTotal[]> {
  return await sql<DayTotal[]>`
    SELECT stats.date::text AS date, stats.total_views::float8 AS "totalViews",
      coalesce((
        SELECT unpacked FROM pruned_days AS pruned WHERE pruned.site_id = stats.site_id AND pruned.date = stats.date
      ), 0)::float8 AS unpacked
    FROM daily_site_stats AS stats
    WHERE stats.site_id = ${siteId} AND stats.date BETWEEN ${from}::text::date AND ${to}::text::date`;
}

/** Returns the chunks by date and first id. */
export async function readParts(
  sql: SQL,
  { siteId, from, to }: DatesQuery,
): Promise<readonly PartRow[]> {
  return await sql<PartRow[]>`
    SELECT date::text AS date, part::text AS part, version::text AS version, events,
      first_id::text AS "firstId", last_id::text AS "lastId"
    FROM day_chunks
    WHERE site_id = ${siteId} AND date BETWEEN ${from}::text::date AND ${to}::text::date
    ORDER BY day_chunks.date, day_chunks.part`;
}
