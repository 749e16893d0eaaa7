import type { SQL } from "bun";
import type { ChunkColumnName } from "../../event/text-columns.ts";

export interface ChunkColumnsQuery {
  readonly siteId: string;
  /** At least one, in order of their dates: other dates of the site are not read. */
  readonly parts: readonly { readonly date: string; readonly part: string }[];
  readonly columns: readonly ChunkColumnName[];
}

/** By part, in the order of the query: a value a column, null where no event has the field. Undefined for a part that is not there. */
export async function readChunkColumns(
  sql: SQL,
  { siteId, parts, columns }: ChunkColumnsQuery,
): Promise<readonly ((Uint8Array | null)[] | undefined)[]> {
  const dates = parts.map(({ date }) => date);
  const rows: [place: number, ...(Uint8Array | null)[]][] = await sql
    .unsafe(
      `SELECT wanted.place::int4, ${columns.map((name) => `day_chunks.${name}`).join(", ")}
       FROM unnest($2::text::date[], $3::text::bigint[]) WITH ORDINALITY AS wanted (date, part, place)
       JOIN day_chunks ON day_chunks.site_id = $1
         AND day_chunks.date = wanted.date AND day_chunks.part = wanted.part
       WHERE day_chunks.date BETWEEN $4::text::date AND $5::text::date`,
      [siteId, arrayOf(dates), arrayOf(parts.map(({ part }) => part)), dates[0], dates.at(-1)],
    )
    .values();
  const found = new Map(rows.map(([place, ...values]) => [place, values]));
  return parts.map((_, i) => found.get(i + 1));
}

/** Of dates and integers, which need no quotes. */
function arrayOf(values: readonly string[]): string {
  return `{${values.join(",")}}`;
}
