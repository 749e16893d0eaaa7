import type { SQL } from "bun";
import { DAY_MS } from "../../event/day.ts";
import { siteRowsAfter } from "./site-rows.ts";

const ID_BYTES = 16;
/** Of a slice, if the day's events are spread evenly. PostgreSQL sorts them in a second. */
const SLICE_EVENTS = 500_000;

export interface DayEventIds {
  readonly count: number;
  /** Returns the id that comes as number i by time and then id. Texts of all would take twenty times their bytes. */
  readonly idAt: (i: number) => string;
  /** The user of each that shares its instant with an event of another user, as UTF-8 that a zero byte ends; nothing for others. */
  readonly tiedUsers: Uint8Array;
}

/**
 * Returns the ids of the raw rows of a site's UTC day. Fewer than the day has events once some were pruned. Reads the rows whose ids the
 * day's chunks name, and those that no chunk has, in slices of the day's time: one statement could not sort millions before its deadline.
 */
export async function readDayEventIds(
  sql: SQL,
  { siteId, date }: { readonly siteId: string; readonly date: string },
  sliceEvents = SLICE_EVENTS,
): Promise<DayEventIds> {
  const totals: [total: number][] = await sql.unsafe(TOTAL, [siteId, date]).values();
  const slices = Math.max(1, Math.ceil((totals[0]?.[0] ?? 0) / sliceEvents));
  const parts: Buffer[] = [];
  const users: Buffer[] = [];
  for (let slice = 0; slice < slices; slice += 1) {
    const [fromMs, toMs] = [slice, slice + 1].map((n) => Math.floor((n * DAY_MS) / slices));
    const rows: [ids: Uint8Array | null, users: Uint8Array | null][] = await sql
      .unsafe(STATEMENT, [siteId, date, fromMs, toMs])
      .values();
    const [ids, tied] = rows[0] ?? [];
    if (ids) parts.push(Buffer.from(ids));
    if (tied) users.push(Buffer.from(tied));
  }
  const bytes = Buffer.concat(parts);
  return {
    count: bytes.length / ID_BYTES,
    idAt: (i) => uuidText(bytes.toString("hex", i * ID_BYTES, (i + 1) * ID_BYTES)),
    tiedUsers: Buffer.concat(users),
  };
}

const TOTAL = `
  SELECT total_views::float8 FROM daily_site_stats WHERE site_id = $1 AND date = $2::text::date`;
const OF_SLICE = `timestamp >= (SELECT begins + $3::float8 * interval '1 millisecond' FROM bounds)
  AND timestamp < (SELECT begins + $4::float8 * interval '1 millisecond' FROM bounds)`;
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
        AND ${PACKED} AND id <= (SELECT last FROM packed) AND ${OF_SLICE}
      ORDER BY site_id, id
    )
    UNION ALL
    (SELECT timestamp, event_id, user_id FROM events WHERE ${TAIL} AND ${OF_SLICE} ORDER BY site_id, id)
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
