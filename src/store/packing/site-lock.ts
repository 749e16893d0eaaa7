import type { SQL } from "bun";

/** Adds the row that `lockSite` locks. Commit it before. */
export async function addSite(sql: SQL, siteId: string): Promise<void> {
  await sql.unsafe("INSERT INTO site_packing (site_id) VALUES ($1) ON CONFLICT DO NOTHING", [
    siteId,
  ]);
}

/**
 * Locks a site's chunks until the transaction ends. Returns the id up to which its rows are in chunks; undefined while another session
 * changes them.
 */
export async function lockSite(sql: SQL, siteId: string): Promise<bigint | undefined> {
  const [row] = await sql
    .unsafe("SELECT packed_id::text FROM site_packing WHERE site_id = $1 FOR UPDATE SKIP LOCKED", [
      siteId,
    ])
    .values();
  return row === undefined ? undefined : BigInt(row[0]);
}

export async function setPackedId(sql: SQL, siteId: string, packedId: string): Promise<void> {
  await sql.unsafe(
    "UPDATE site_packing SET packed_id = $2::text::bigint, packed_at = statement_timestamp() WHERE site_id = $1",
    [siteId, packedId],
  );
}
