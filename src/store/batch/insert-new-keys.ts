import type { Transaction } from "../database.ts";
import type { RollupRows } from "../rollups/fold-batch.ts";
import { siteDateKey } from "../rollups/rollup.ts";

/** Inserts the rows that the rollup does not have. Returns how many that is, by `siteDateKey`. */
export async function insertNewKeys(
  tx: Transaction,
  { rollup: { table, key }, rows }: RollupRows,
): Promise<ReadonlyMap<string, number>> {
  const inserted = await tx`
    WITH inserted AS (
      INSERT INTO ${tx(table)} (site_id, date, ${tx(key.column)})
      SELECT site_id, date::date, key
      FROM unnest(
        ${rows.map(({ siteId }) => siteId)}::text[],
        ${rows.map(({ date }) => date)}::text[],
        ${rows.map((row) => row.key)}::text[]
      ) AS batch (site_id, date, key)
      ON CONFLICT (site_id, date, ${tx(key.column)}) DO NOTHING
      RETURNING site_id, date
    )
    SELECT site_id, date::text, count(*)::int FROM inserted GROUP BY site_id, date
  `.values();
  return new Map(inserted.map(([siteId, date, count]) => [siteDateKey({ siteId, date }), count]));
}
