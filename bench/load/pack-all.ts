import { packSite } from "../../src/reporting/packing/pack-site.ts";
import { Database } from "../../src/store/database.ts";
import { openSql } from "../../src/store/open-sql.ts";
import { readPackingSecret } from "../../src/store/packing/secret.ts";

/** Packs every row of a database that nobody else uses, as the engine's packer does. */
export async function packAll(url: string): Promise<void> {
  const database = new Database({ url, connectionsMax: 1 });
  const sql = openSql({ url, connectionsMax: 1 });
  try {
    const secret = new Uint8Array(await readPackingSecret(database));
    const [row] = await sql`SELECT max(id)::text AS id FROM events`;
    const settledId = BigInt(row.id);
    for (const { site_id: siteId } of await sql`SELECT DISTINCT site_id FROM daily_site_stats`) {
      for (let hasMore = true; hasMore; ) {
        const outcome = await packSite(sql, { siteId, settledId, secret });
        hasMore = outcome.kind === "packed" && outcome.hasMore;
      }
    }
    await sql.unsafe("VACUUM ANALYZE day_chunks");
  } finally {
    await sql.close();
    await database.close(1_000);
  }
}
