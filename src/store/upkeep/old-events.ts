import type { ISql } from "postgres";
import { UPKEEP_LOCK } from "../advisory-locks.ts";
import type { Database } from "../database.ts";
import { QUERY_DEADLINE_MS } from "../deadlines.ts";
import { HAS_PARTS_TO_MERGE } from "../packing/days-in-parts.ts";
import { STATEMENT_TIMEOUT_MS } from "../session-settings.ts";

/** Longer than the statement may take, so that PostgreSQL ends a slow one itself. */
const DELETE_DEADLINE_MS = STATEMENT_TIMEOUT_MS + 1_000;

export interface EventPage {
  /** An ISO string. Old events were received before it and are of days before it. */
  readonly before: string;
  /** Undefined for those of all sites. Distributed tables are read site by site: a day is closed by what its server has. */
  readonly siteId?: string | undefined;
  readonly afterId: bigint;
  readonly rowsMax: number;
}

export interface OldEvents {
  readonly lastId: bigint;
  /** Old events of closed days, so that their rows may go. */
  readonly old: number;
  /** Old events whose rows stay until their days are packed whole. */
  readonly unpacked: number;
  /** First and last day of those in `old`. */
  readonly from: string | undefined;
  readonly to: string | undefined;
  /** Whether no later event can have been received early enough. */
  readonly isLast: boolean;
}

export async function findOldEvents(database: Database, page: EventPage): Promise<OldEvents> {
  return await database.query(QUERY_DEADLINE_MS, async (sql) => {
    const [row] = await sql<PageRow[]>`WITH ${pageOf(sql, page)} ${summary(sql)}`;
    return oldEventsOf(row, page);
  });
}

/**
 * The rollups and the chunks stay, and rows that are in no chunk. Returns `busy` while another transaction deletes or rebuilds. Reads all
 * events by id: an index on a time would be written with every event, and read once a day.
 */
export async function deleteOldEvents(
  database: Database,
  page: EventPage,
): Promise<OldEvents | "busy"> {
  return await database.transaction(DELETE_DEADLINE_MS, async (tx) => {
    const [lock] = await tx`SELECT pg_try_advisory_xact_lock(${UPKEEP_LOCK}) AS locked`;
    if (lock?.["locked"] !== true) return "busy";
    const [row] = await tx<PageRow[]>`
      WITH ${pageOf(tx, page)}, deleted AS (
        DELETE FROM events
        WHERE id = ANY (ARRAY(SELECT id FROM page WHERE is_old)) ${ofSite(tx, "events", page)}
        RETURNING site_id, (timestamp AT TIME ZONE 'UTC')::date AS date
      ), pruned AS (
        INSERT INTO pruned_days AS pruned (site_id, date, events, packed)
        SELECT ${siteColumn(tx, page)}, date, count(*), count(*) FROM deleted GROUP BY site_id, date ORDER BY site_id, date
        ON CONFLICT (site_id, date) DO UPDATE SET
          events = pruned.events + excluded.events,
          packed = pruned.packed + excluded.packed
      )
      ${summary(tx)}`;
    return oldEventsOf(row, page);
  });
}

interface PageRow {
  readonly last_id: string | null;
  /** Events received before the horizon, and since then but not in the future. */
  readonly received: number;
  readonly recent: number;
  readonly old: number;
  readonly unpacked: number;
  readonly from: string | null;
  readonly to: string | null;
}

/** A day is closed once its chunks have all of its events, in as few parts as possible: events of one instant are ordered by `event_id`, which only rows have. */
function pageOf(sql: ISql, page: EventPage) {
  const { before, afterId, rowsMax } = page;
  const [startOfParts, endOfParts] = HAS_PARTS_TO_MERGE;
  return sql`
    rows AS MATERIALIZED (
      SELECT id, site_id, received_at, (timestamp AT TIME ZONE 'UTC')::date AS date,
        received_at < ${before}::text::timestamptz AS is_received,
        greatest(received_at, timestamp) < ${before}::text::timestamptz AS is_due,
        id <= coalesce((
          SELECT packed_id FROM site_packing WHERE site_packing.site_id = events.site_id ${ofSite(sql, "site_packing", page)}
        ), 0) AS is_packed
      FROM events WHERE id > ${String(afterId)} ${ofSite(sql, "events", page)} ORDER BY id LIMIT ${rowsMax}
    ), open_days AS MATERIALIZED (
      SELECT site_id, date
      FROM (SELECT site_id, date, count(*) AS due FROM rows WHERE is_due AND is_packed GROUP BY site_id, date) AS day
      WHERE ${sql.unsafe(startOfParts)} ${ofSite(sql, "part", page)} ${sql.unsafe(endOfParts)} OR ${lacksEvents(sql, page)}
    ), page AS (
      SELECT id, received_at, date, is_received, is_due AND is_closed AS is_old, is_due AND NOT is_closed AS is_unpacked
      FROM (
        SELECT *, is_packed AND (site_id, date) NOT IN (SELECT site_id, date FROM open_days) AS is_closed FROM rows
      ) AS rows
    )`;
}

/**
 * SQL: whether the row `day` of (site_id, date, due) has events in its total that are in no chunk, or chunks of fewer events than would be
 * pruned with those that are due: a total that is too low must not cost rows. So all rows that go count as packed.
 */
function lacksEvents(sql: ISql, page: EventPage) {
  const total = ofSite(sql, "total", page);
  const pruned = ofSite(sql, "pruned", page);
  return sql`
  greatest(
    coalesce((SELECT total_views FROM daily_site_stats AS total WHERE total.site_id = day.site_id AND total.date = day.date ${total}), 0),
    coalesce((SELECT events FROM pruned_days AS pruned WHERE pruned.site_id = day.site_id AND pruned.date = day.date ${pruned}), 0) + day.due
  )
  > coalesce((SELECT unpacked FROM pruned_days AS pruned WHERE pruned.site_id = day.site_id AND pruned.date = day.date ${pruned}), 0)
  + (SELECT coalesce(sum(events), 0) FROM day_chunks AS part WHERE part.site_id = day.site_id AND part.date = day.date ${ofSite(sql, "part", page)})`;
}

/** Names the site for each table, so that Citus has one server do all of the statement. */
function ofSite(sql: ISql, table: string, { siteId }: EventPage) {
  return siteId === undefined ? sql`` : sql`AND ${sql(table)}.site_id = ${siteId}`;
}

function siteColumn(sql: ISql, { siteId }: EventPage) {
  return siteId === undefined ? sql`site_id` : sql`${siteId}::text`;
}

function summary(sql: ISql) {
  return sql`
    SELECT max(id)::text AS last_id, count(*) FILTER (WHERE is_received)::float8 AS received,
      count(*) FILTER (WHERE NOT is_received AND received_at <= now())::float8 AS recent,
      count(*) FILTER (WHERE is_old)::float8 AS old, count(*) FILTER (WHERE is_unpacked)::float8 AS unpacked,
      (min(date) FILTER (WHERE is_old))::text AS from, (max(date) FILTER (WHERE is_old))::text AS to
    FROM page`;
}

function oldEventsOf(row: PageRow | undefined, { afterId }: EventPage): OldEvents {
  if (row === undefined || row.last_id === null) {
    return { lastId: afterId, old: 0, unpacked: 0, from: undefined, to: undefined, isLast: true };
  }
  return {
    lastId: BigInt(row.last_id),
    old: row.old,
    unpacked: row.unpacked,
    from: row.from ?? undefined,
    to: row.to ?? undefined,
    // Events received in the future, by a wrong clock, prove nothing.
    isLast: row.received === 0 && row.recent > 0,
  };
}
