import type { SQL } from "bun";

const ID_BYTES = 16;

export interface DayEventIds {
  /** By time and then id. */
  readonly ids: readonly string[];
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
  const [row] = await sql<{ ids: Uint8Array | null; users: Uint8Array | null }[]>`
    WITH packed AS (
      SELECT min(first_id) AS first, max(last_id) AS last
      FROM day_chunks
      WHERE site_id = ${siteId} AND date = ${date}::text::date
    ), bounds AS (
      SELECT coalesce((SELECT packed_id FROM site_packing WHERE site_id = ${siteId}), 0) AS packed_id,
        (${date}::text || 'T00:00:00Z')::timestamptz AS begins
    ), day AS (
      SELECT timestamp, event_id, user_id
      FROM events
      WHERE site_id = ${siteId}
        AND id BETWEEN (SELECT first FROM packed) AND (SELECT last FROM packed)
        AND timestamp >= (SELECT begins FROM bounds)
        AND timestamp < (SELECT begins + interval '24 hours' FROM bounds)
      UNION ALL
      SELECT timestamp, event_id, user_id
      FROM events
      WHERE site_id = ${siteId}
        AND id > (SELECT packed_id FROM bounds)
        AND timestamp >= (SELECT begins FROM bounds)
        AND timestamp < (SELECT begins + interval '24 hours' FROM bounds)
    ), marked AS (
      SELECT timestamp, event_id, user_id,
        min(user_id) OVER instant <> max(user_id) OVER instant AS is_tied
      FROM day
      WINDOW instant AS (PARTITION BY timestamp)
    )
    SELECT string_agg(uuid_send(event_id), ''::bytea ORDER BY timestamp, event_id) AS ids,
      string_agg(textsend(user_id) || '\\x00'::bytea, ''::bytea ORDER BY timestamp, event_id)
        FILTER (WHERE is_tied) AS users
    FROM marked`;
  return {
    ids: row?.ids == null ? [] : uuidsOf(Buffer.from(row.ids)),
    tiedUsers: row?.users ?? new Uint8Array(0),
  };
}

function uuidsOf(bytes: Buffer): string[] {
  const ids: string[] = [];
  for (let at = 0; at < bytes.length; at += ID_BYTES) {
    const hex = bytes.toString("hex", at, at + ID_BYTES);
    const parts = [8, 12, 16, 20, 32].map((end, i) => hex.slice([0, 8, 12, 16, 20][i], end));
    ids.push(parts.join("-"));
  }
  return ids;
}
