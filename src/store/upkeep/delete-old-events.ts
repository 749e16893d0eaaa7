import { UPKEEP_LOCK } from "../advisory-locks.ts";
import type { Database } from "../database.ts";
import { STATEMENT_TIMEOUT_MS } from "../session-settings.ts";
import { type OldEvents, type OldEventsRow, oldEventsOf, type Stretch } from "./old-events.ts";

/** Longer than its statement may take, so that PostgreSQL ends a slow one itself. */
const DEADLINE_MS = STATEMENT_TIMEOUT_MS + 1_000;

/**
 * Deletes the events of a stretch that are old enough to go, and notes how many of which site's day, in one transaction. The
 * rollups stay. Answers `busy`, with nothing done, while another transaction deletes old events or counts a day again.
 *
 * Old events are found by going through them in the order of their ids, which ascend as events are stored: an index on a
 * time would be written with every event, to be read once a day.
 */
export async function deleteOldEvents(
  database: Database,
  { before, afterId, rowsMax }: Stretch,
): Promise<OldEvents | "busy"> {
  return await database.transaction(DEADLINE_MS, async (tx) => {
    const [lock] = await tx`SELECT pg_try_advisory_xact_lock(${UPKEEP_LOCK}) AS locked`;
    if (lock?.["locked"] !== true) return "busy";
    const [row] = await tx<OldEventsRow[]>`
      WITH stretch AS (
        SELECT id, received_at,
          received_at < ${before}::text::timestamptz AS is_received,
          greatest(received_at, timestamp) < ${before}::text::timestamptz AS is_old
        FROM events WHERE id > ${String(afterId)} ORDER BY id LIMIT ${rowsMax}
      ), deleted AS (
        DELETE FROM events
        WHERE id = ANY (ARRAY(SELECT id FROM stretch WHERE is_old))
        RETURNING site_id, (timestamp AT TIME ZONE 'UTC')::date AS date
      ), days AS (
        SELECT site_id, date, count(*) AS events FROM deleted GROUP BY site_id, date
      ), noted AS (
        INSERT INTO pruned_days AS pruned (site_id, date, events)
        SELECT site_id, date, events FROM days ORDER BY site_id, date
        ON CONFLICT (site_id, date) DO UPDATE SET events = pruned.events + excluded.events
      )
      SELECT max(id)::text AS last_id, count(*) FILTER (WHERE is_received)::float8 AS received,
        count(*) FILTER (WHERE NOT is_received AND received_at <= now())::float8 AS recent,
        (SELECT coalesce(sum(events), 0) FROM days)::float8 AS old,
        (SELECT min(date) FROM days)::text AS from, (SELECT max(date) FROM days)::text AS to
      FROM stretch
    `;
    return oldEventsOf(row, afterId);
  });
}
