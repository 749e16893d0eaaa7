import { expect } from "bun:test";
import type { SQL } from "bun";
import type { Sql } from "postgres";
import { compareHashes, eventHashes } from "../../src/reporting/packing/compare-events.ts";
import { mergeDay } from "../../src/reporting/packing/merge-day.ts";
import { packSite } from "../../src/reporting/packing/pack-site.ts";
import { readPackedDay } from "../../src/reporting/packing/packed-day.ts";
import { readRowsOfDay } from "../../src/reporting/packing/read-rows.ts";
import { Database } from "../../src/store/database.ts";
import { openSql } from "../../src/store/open-sql.ts";
import { findDaysInParts } from "../../src/store/packing/days-in-parts.ts";
import { readPackingSecret } from "../../src/store/packing/secret.ts";
import { Watermark } from "../../src/store/packing/watermark.ts";
import { eventually } from "./eventually.ts";

const DAYS_MAX = 1_000;
export const SECRET = new Uint8Array(32).fill(7);

/** Stores rows without rollups: `days` from 2026-01-01 on, the events of a site spread over them. */
export async function storeRows(
  sql: Sql,
  {
    siteId,
    rows,
    days = 3,
    hour = 0,
  }: { siteId: string; rows: number; days?: number; hour?: number },
): Promise<void> {
  await sql`
    INSERT INTO events (event_id, site_id, event_type, path, user_id, timestamp, hostname, referrer, country, engaged_ms, properties)
    SELECT gen_random_uuid(), ${siteId}, CASE WHEN n % 5 = 0 THEN 'signup' ELSE 'page_view' END, '/' || n % 50,
      'user' || n % 97, timestamptz '2026-01-01T00:00:00Z' + (n % ${days}) * interval '1 day' + ${hour} * interval '1 hour' + n * interval '100 ms',
      CASE WHEN n % 3 = 0 THEN 'example.com' END, CASE WHEN n % 7 = 0 THEN 'https://a.example/' || n END,
      CASE WHEN n % 2 = 0 THEN 'DE' END, CASE WHEN n % 11 = 0 THEN n END,
      CASE WHEN n % 4 = 0 THEN jsonb_build_object('plan', n % 3) END
    FROM generate_series(1, ${rows}) AS n`;
}

/** Compares every chunk with the rows up to the site's `packed_id`. Returns how many events are packed. */
export async function checkChunks(
  sql: SQL,
  siteId: string,
): Promise<{ packed: number; missing: number; surplus: number }> {
  const [[packedId = "0"] = []] = await sql
    .unsafe("SELECT packed_id::text FROM site_packing WHERE site_id = $1", [siteId])
    .values();
  const dates: string[][] = await sql
    .unsafe(
      `SELECT date::text FROM day_chunks WHERE site_id = $1
      UNION SELECT ((timestamp AT TIME ZONE 'UTC')::date)::text FROM events WHERE site_id = $1`,
      [siteId],
    )
    .values();
  const total = { packed: 0, missing: 0, surplus: 0 };
  const context = { sql, siteId, secret: SECRET };
  for (const [date = ""] of dates) {
    const packed = await readPackedDay(context, date);
    const rows = await readRowsOfDay(context, { date, firstId: "1", lastId: packedId });
    const [packedHashes, rowHashes] = [packed, rows].map((day) =>
      day === undefined ? new Float64Array() : eventHashes(day).toSorted(),
    );
    const { missing, surplus } = compareHashes(
      packedHashes ?? new Float64Array(),
      rowHashes ?? new Float64Array(),
    );
    total.packed += packed?.count ?? 0;
    total.missing += missing;
    total.surplus += surplus;
  }
  return total;
}

/** Packs all rows that are stored, and merges the parts of days that are over, as an engine would within half an hour. */
export async function packAllSites(url: string, timeoutMs?: number): Promise<void> {
  const database = new Database({ url, connectionsMax: 1 });
  const sql = openSql({ url, connectionsMax: 1 });
  const secret = new Uint8Array(await readPackingSecret(database));
  const watermark = new Watermark(database);
  await eventually(async () => expect(await watermark.advance()).toBeGreaterThan(0n), timeoutMs);
  const { settledId } = watermark;
  const sites: string[][] = await sql`SELECT DISTINCT site_id FROM events`.values();
  for (const [siteId = ""] of sites) {
    await eventually(
      async () =>
        expect(await packSite(sql, { siteId, settledId, secret })).toMatchObject({
          hasMore: false,
        }),
      timeoutMs,
    );
  }
  // An engine may have packed some of a day before, or merge it now.
  await eventually(async () => {
    const days = await findDaysInParts(sql, DAYS_MAX);
    for (const day of days) await mergeDay(sql, day, secret);
    expect(days).toEqual([]);
  }, timeoutMs);
  await sql.close();
  await database.close(1_000);
}
