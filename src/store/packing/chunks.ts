import type { SQL } from "bun";
import { CHUNK_COLUMNS, type ChunkColumnName } from "../../event/text-columns.ts";

/** A part of a day has at most this many events. */
export const PART_EVENTS_MAX = 2 ** 18;

/** A part of a site's day, without its columns. */
export interface ChunkPart {
  readonly date: string;
  /** Also its first id. */
  readonly part: string;
  readonly events: number;
  readonly lastId: string;
}

export interface NewChunk {
  readonly date: string;
  readonly events: number;
  /** Ids of its rows: parts of a day have disjoint ranges. */
  readonly firstId: string;
  readonly lastId: string;
  readonly format: number;
  readonly columns: ReadonlyMap<ChunkColumnName, Uint8Array>;
}

/** Returns the parts of some days by date and id. */
export async function readParts(
  sql: SQL,
  siteId: string,
  dates: readonly string[],
): Promise<readonly ChunkPart[]> {
  const sorted = dates.toSorted();
  const [first] = sorted;
  if (first === undefined) return [];
  const last = sorted.at(-1) ?? first;
  // Without the bounds, PostgreSQL may read all days of the site in their order.
  const rows: [string, string, number, string][] = await sql
    .unsafe(
      `SELECT date::text, part::text, events, last_id::text FROM day_chunks
      WHERE site_id = $1 AND date BETWEEN $2::date AND $3::date AND date = ANY (string_to_array($4, ',')::date[])
      ORDER BY day_chunks.date, day_chunks.part`,
      [siteId, first, last, sorted.join(",")],
    )
    .values();
  return rows.map(([date, part, events, lastId]) => ({ date, part, events, lastId }));
}

/** Returns the columns of a part, without those that no event has. */
export async function readChunk(
  sql: SQL,
  siteId: string,
  { date, part }: Pick<ChunkPart, "date" | "part">,
): Promise<ReadonlyMap<ChunkColumnName, Uint8Array>> {
  const [row] = await sql
    .unsafe(
      `SELECT ${CHUNK_COLUMNS.join(", ")} FROM day_chunks
      WHERE site_id = $1 AND date = $2::text::date AND part = $3::text::bigint`,
      [siteId, date, part],
    )
    .values();
  const columns = new Map<ChunkColumnName, Uint8Array>();
  for (const [index, name] of CHUNK_COLUMNS.entries()) {
    const bytes: unknown = row?.[index];
    if (bytes instanceof Uint8Array) columns.set(name, bytes);
  }
  return columns;
}

/** Its version is a new one. */
export async function insertChunk(sql: SQL, siteId: string, chunk: NewChunk): Promise<void> {
  const { date, events, firstId, lastId, format, columns } = chunk;
  const names = CHUNK_COLUMNS.filter((name) => columns.has(name));
  const places = names.map((_, index) => `$${index + 7}`);
  await sql.unsafe(
    `INSERT INTO day_chunks (site_id, date, part, events, first_id, last_id, format, ${names.join(", ")})
    VALUES ($1, $2::text::date, $3::text::bigint, $4, $3::text::bigint, $5::text::bigint, $6, ${places.join(", ")})`,
    [siteId, date, firstId, events, lastId, format, ...names.map((name) => columns.get(name))],
  );
}

export async function deleteParts(
  sql: SQL,
  siteId: string,
  parts: readonly Pick<ChunkPart, "date" | "part">[],
): Promise<void> {
  for (const { date, part } of parts) {
    await sql.unsafe(
      "DELETE FROM day_chunks WHERE site_id = $1 AND date = $2::text::date AND part = $3::text::bigint",
      [siteId, date, part],
    );
  }
}
