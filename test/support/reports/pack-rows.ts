import type { SQL } from "bun";
import { encodeDayEvents } from "../../../src/reporting/columns/encode-day-events.ts";
import { RowCollector } from "../../../src/reporting/columns/rows/row-collector.ts";
import { COLUMN_FORMAT } from "../../../src/reporting/columns/sealed-column.ts";
import {
  ALL_RAW_COLUMNS,
  type RawRowsPage,
  readRawRows,
} from "../../../src/store/reports/raw-rows.ts";

const SECRET = new Uint8Array(32).fill(9);

/** Packs a site's rows up to each id into chunks of their own, without the packer's care. */
export async function packRows(
  sql: SQL,
  siteId: string,
  untilIds: readonly number[],
): Promise<void> {
  await sql`INSERT INTO packing_secret (secret) VALUES (${SECRET}) ON CONFLICT DO NOTHING`;
  let afterId = "0";
  for (const untilId of untilIds.map(String)) {
    const collector = new RowCollector(SECRET);
    const range = {
      siteId,
      columns: ALL_RAW_COLUMNS,
      untilId,
      fromMs: Number.NEGATIVE_INFINITY,
      toMs: Number.POSITIVE_INFINITY,
    };
    for (let next: string | undefined = afterId; next !== undefined; ) {
      const page: RawRowsPage = await readRawRows(sql, { ...range, afterId: next });
      if (page.rows !== undefined) collector.add(page.rows);
      next = page.nextAfterId;
    }
    for (const [date, day] of collector.days()) {
      const columns = [...encodeDayEvents(day)];
      await sql.unsafe(
        `INSERT INTO day_chunks (site_id, date, part, events, first_id, last_id, format, ${columns.map(([name]) => name).join(", ")})
         VALUES ($1, $2::text::date, $3::text::bigint + 1, $4, $3::text::bigint + 1, $5::text::bigint, $6, ${columns.map((_, i) => `$${i + 7}`).join(", ")})`,
        [
          siteId,
          date,
          afterId,
          day.count,
          untilId,
          COLUMN_FORMAT,
          ...columns.map(([, bytes]) => bytes),
        ],
      );
    }
    await sql`
      INSERT INTO site_packing (site_id, packed_id) VALUES (${siteId}, ${untilId}::text::bigint)
      ON CONFLICT (site_id) DO UPDATE SET packed_id = excluded.packed_id`;
    afterId = untilId;
  }
}
