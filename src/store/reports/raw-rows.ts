import type { SQL } from "bun";
import { TEXT_COLUMNS, type TextColumnName } from "../../event/text-columns.ts";
import { siteRowsAfter } from "./site-rows.ts";

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

export interface RawRowsPage {
  /** Undefined when no row of the page fits. */
  readonly rows: RawRows | undefined;
  /** Where the next page begins. Undefined after the last one. */
  readonly nextAfterId: string | undefined;
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

/** Reads the next page of rows by id. */
export async function readRawRows(sql: SQL, query: RawRowsQuery): Promise<RawRowsPage> {
  const { siteId, columns, afterId, untilId, fromMs, toMs } = query;
  const [row] = await sql
    .unsafe(statementFor(columns), [siteId, afterId, untilId, fromMs / 1_000, toMs / 1_000])
    .values();
  const [read, readId, isPast, count, lastId, timestamps, ...values] = row;
  const rows =
    count === 0
      ? undefined
      : {
          count,
          lastId,
          timestamps,
          columns: new Map(columns.map((name, i) => [name, values[i]])),
        };
  return { rows, nextAfterId: read < RAW_ROWS_PAGE || isPast ? undefined : readId };
}

/** Rows that do not fit are read, too, so that no statement takes longer than a page does. */
function statementFor(columns: readonly RawColumnName[]): string {
  return `
    SELECT count(*)::int4, max(id)::text, coalesce(max(id) >= $3::text::int8, true), (count(*) FILTER (WHERE fits))::int4,
      (max(id) FILTER (WHERE fits))::text, string_agg(timestamptz_send(timestamp), '') FILTER (WHERE fits)${columns.map((name) => `, ${aggregate(name)}`).join("")}
    FROM (
      SELECT id, timestamp, id <= $3::text::int8 AND timestamp >= to_timestamp($4::float8) AND timestamp < to_timestamp($5::float8) AS fits
        ${columns.map((name) => `, ${name}`).join("")}
      FROM events
      WHERE ${siteRowsAfter("$1", "$2::text::int8")}
      ORDER BY site_id, id
      LIMIT ${RAW_ROWS_PAGE}
    ) AS page`;
}

function aggregate(name: RawColumnName): string {
  const fit = "FILTER (WHERE fits)";
  if (name === "event_id") return `string_agg(uuid_send(event_id), '') ${fit}`;
  if (name === "engaged_ms") return `string_agg(int4send(coalesce(engaged_ms, -1)), '') ${fit}`;
  const text = name === "properties" ? "properties::text" : name;
  return String.raw`string_agg(coalesce(textsend(${text}), '\xff'), '\x00') ${fit} || '\x00'`;
}

/** All that a chunk holds, `event_id` for the order. */
export const ALL_RAW_COLUMNS: readonly RawColumnName[] = [
  "event_id",
  "user_id",
  "engaged_ms",
  ...TEXT_COLUMNS,
];
