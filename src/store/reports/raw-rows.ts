import type { SQL } from "bun";
import { TEXT_COLUMNS, type TextColumnName } from "../../event/text-columns.ts";

/** Bounds the memory of PostgreSQL and of this process: rows of 15 KB are possible. */
export const RAW_ROWS_PAGE = 20_000;
/** How a field that is NULL is sent: no UTF-8 has this byte. */
export const NULL_BYTE = 0xff;

export type RawColumnName = "event_id" | "user_id" | "engaged_ms" | TextColumnName;

/**
 * Rows as columns, each of which PostgreSQL aggregates to one value: that takes half of the time of rows, and no object a row.
 * Texts are UTF-8 that end in a zero byte.
 */
export interface RawRows {
  readonly count: number;
  readonly lastId: string;
  /** As PostgreSQL sends a `timestamptz`: big-endian microseconds since 2000. */
  readonly timestamps: Uint8Array;
  /** 16 bytes each of `event_id`; 4 bytes, big-endian, of `engaged_ms`, -1 for NULL. */
  readonly columns: ReadonlyMap<RawColumnName, Uint8Array>;
}

export interface RawRowsQuery {
  readonly siteId: string;
  readonly columns: readonly RawColumnName[];
  /** Ids, the first one exclusive. */
  readonly afterId: string;
  readonly untilId: string;
  /** Milliseconds since 1970, the second one exclusive. May be infinite. */
  readonly fromMs: number;
  readonly toMs: number;
}

/** Returns the next rows by id, at most `RAW_ROWS_PAGE`; undefined when there are none. */
export async function readRawRows(sql: SQL, query: RawRowsQuery): Promise<RawRows | undefined> {
  const { siteId, columns, afterId, untilId, fromMs, toMs } = query;
  const [row] = await sql
    .unsafe(statementFor(columns), [siteId, afterId, untilId, fromMs / 1_000, toMs / 1_000])
    .values();
  const [count, lastId, timestamps, ...values] = row;
  if (count === 0) return undefined;
  return {
    count,
    lastId,
    timestamps,
    columns: new Map(columns.map((name, i) => [name, values[i]])),
  };
}

/** The comparisons of (site_id, id) fit one index, whatever the statistics are: by `id` alone, it would read the rows of all sites. */
function statementFor(columns: readonly RawColumnName[]): string {
  return `
    SELECT count(*)::int4, max(id)::text, string_agg(timestamptz_send(timestamp), '')${columns.map((name) => `, ${aggregate(name)}`).join("")}
    FROM (
      SELECT id, timestamp${columns.map((name) => `, ${name}`).join("")}
      FROM events
      WHERE site_id = $1 AND (site_id, id) > ($1, $2::text::int8) AND (site_id, id) <= ($1, $3::text::int8)
        AND timestamp >= to_timestamp($4::float8) AND timestamp < to_timestamp($5::float8)
      ORDER BY id
      LIMIT ${RAW_ROWS_PAGE}
    ) AS rows`;
}

function aggregate(name: RawColumnName): string {
  if (name === "event_id") return "string_agg(uuid_send(event_id), '')";
  if (name === "engaged_ms") return "string_agg(int4send(coalesce(engaged_ms, -1)), '')";
  const text = name === "properties" ? "properties::text" : name;
  return String.raw`string_agg(coalesce(textsend(${text}), '\xff'), '\x00') || '\x00'`;
}

/** All that a chunk holds, `event_id` for the order. */
export const ALL_RAW_COLUMNS: readonly RawColumnName[] = [
  "event_id",
  "user_id",
  "engaged_ms",
  ...TEXT_COLUMNS,
];
