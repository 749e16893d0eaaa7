import type { SQL } from "bun";

export interface PackedSite {
  readonly siteId: string;
  readonly packedId: string;
}

/** Returns the sites that were packed, or one of them, in order. */
export async function readPackedSites(
  sql: SQL,
  siteId: string | undefined,
): Promise<readonly PackedSite[]> {
  const one = siteId === undefined ? [] : [siteId];
  const rows: [string, string][] = await sql
    .unsafe(
      `SELECT site_id, packed_id::text FROM site_packing ${one.length > 0 ? "WHERE site_id = $1" : ""} ORDER BY site_id`,
      one,
    )
    .values();
  return rows.map(([site, packedId]) => ({ siteId: site, packedId }));
}

/** Returns whether the schema has chunks. */
export async function hasChunks(sql: SQL): Promise<boolean> {
  const [row] = await sql.unsafe("SELECT to_regclass('day_chunks') IS NOT NULL").values();
  return row?.[0] === true;
}

export interface PackedDate {
  readonly date: string;
  /** Rows that were pruned after they were packed, and before. */
  readonly prunedPacked: number;
  readonly prunedUnpacked: number;
}

/** Returns a site's days that have chunks or pruned events. `-infinity` and `infinity` are no bound. */
export async function readPackedDates(
  sql: SQL,
  siteId: string,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<readonly PackedDate[]> {
  const rows: [string, number, number][] = await sql
    .unsafe(
      `SELECT date::text, coalesce(packed, 0)::float8, coalesce(unpacked, 0)::float8
      FROM (
        SELECT DISTINCT date FROM day_chunks WHERE site_id = $1 AND date BETWEEN $2::text::date AND $3::text::date
      ) AS chunks
      FULL JOIN (
        SELECT date, packed, unpacked FROM pruned_days WHERE site_id = $1 AND date BETWEEN $2::text::date AND $3::text::date
      ) AS pruned USING (date)
      ORDER BY 1`,
      [siteId, from, to],
    )
    .values();
  return rows.map(([date, prunedPacked, prunedUnpacked]) => ({
    date,
    prunedPacked,
    prunedUnpacked,
  }));
}
