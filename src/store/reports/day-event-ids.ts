import type { SQL } from "bun";
import { siteRowsAfter } from "./site-rows.ts";

const ID_BYTES = 16;

export interface DayEventIds {
  readonly count: number;
  /** Returns the id that comes as number i by time and then id. Texts of all would take twenty times their bytes. */
  readonly idAt: (i: number) => string;
  /** The user of each that shares its instant with an event of another user, as UTF-8 that a zero byte ends; nothing for others. */
  readonly tiedUsers: Uint8Array;
}

/**
 * Returns the ids of the raw rows of a site's UTC day. Fewer than the day has events once some were pruned. Reads the rows whose ids the
 * day's chunks name, and those that no chunk has.
 */
export async function readDayEventIds(
  sql: SQL,
  { siteId, date }: { readonly siteId: string; readonly date: string },
): Promise<DayEventIds> {
  const rows: [ids: Uint8Array | null, users: Uint8Array | null][] = await sql
    .unsafe(STATEMENT, [siteId, date])
    .values();
  const [ids = null, users = null] = rows[0] ?? [];
  const bytes = Buffer.from(ids ?? []);
  return {
    count: bytes.length / ID_BYTES,
    idAt: (i) => uuidText(bytes.toString("hex", i * ID_BYTES, (i + 1) * ID_BYTES)),
    tiedUsers: users ?? new Uint8Array(0),
  };
}

const OF_DAY = `timestamp >= (SELECT begins FROM bounds)
  AND timestamp < (SELECT begins + interval '24 hours' FROM bounds)`;
const PACKED = siteRowsAfter("$1", "(SELECT before FROM packed)");
const TAIL = siteRowsAfter("$1", "(SELECT packed_id FROM bounds)");
const STATEMENT = String.raw`
  WITH packed AS (
    SELECT min(first_id) - 1 AS before, max(last_id) AS last
    FROM day_chunks
    WHERE site_id = $1 AND date = $2::text::date
  ), bounds AS (
    SELECT coalesce((SELECT packed_id FROM site_packing WHERE site_id = $1), 0) AS packed_id,
      ($2::text || 'T00:00:00Z')::timestamptz AS begins
  ), day AS (
    (
      SELECT timestamp, event_id, user_id FROM events
      WHERE EXISTS (SELECT FROM packed WHERE last IS NOT NULL)
        AND ${PACKED} AND id <= (SELECT last FROM packed) AND ${OF_DAY}
      ORDER BY site_id, id
    )
    UNION ALL
    (SELECT timestamp, event_id, user_id FROM events WHERE ${TAIL} AND ${OF_DAY} ORDER BY site_id, id)
  ), marked AS (
    SELECT timestamp, event_id, user_id,
      min(user_id) OVER instant <> max(user_id) OVER instant AS is_tied
    FROM day
    WINDOW instant AS (PARTITION BY timestamp)
  )
  SELECT string_agg(uuid_send(event_id), ''::bytea ORDER BY timestamp, event_id) AS ids,
    string_agg(textsend(user_id) || '\x00'::bytea, ''::bytea ORDER BY timestamp, event_id)
      FILTER (WHERE is_tied) AS users
  FROM marked`;

function uuidText(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
