import {
  type ChunkColumnName,
  TEXT_COLUMNS,
  type TextColumnName,
} from "../../event/text-columns.ts";
import type { DayEvents, TextColumn } from "./day-events.ts";
import { type DecodedColumn, decodeColumn } from "./decode-column.ts";
import type { EncodedColumns } from "./encode-day-events.ts";
import { unpackIndex } from "./packed-index.ts";

export type DecodedColumns = ReadonlyMap<ChunkColumnName, DecodedColumn>;

/**
 * Decodes a whole chunk of `count` events.
 *
 * @throws QueueFlowError `chunk_damaged`
 */
export function decodeDayEvents(columns: EncodedColumns, count: number): DayEvents {
  const decoded = new Map<ChunkColumnName, DecodedColumn>();
  for (const [name, sealed] of columns) {
    decoded.set(name, decodeColumn({ name, events: count }, sealed));
  }
  return dayEventsOf(decoded, count);
}

/** Joins decoded columns. The integers are the columns' own, and the indexes are copies. */
export function dayEventsOf(columns: DecodedColumns, count: number): DayEvents {
  const users = columns.get("users")?.integers ?? new Uint32Array();
  const userIndex = columns.get("user_index");
  const userTexts = columns.get("user_texts")?.texts;
  const engagedMs = columns.get("engaged_ms")?.integers;
  return {
    count,
    times: columns.get("times")?.integers ?? new Uint32Array(),
    users,
    userIndex: userIndex
      ? unpackIndex(userIndex.index, { count, valueMax: users.length / 2 - 1 })
      : new Uint32Array(),
    texts: textsOf(columns, count),
    ...(userTexts && { userTexts }),
    ...(engagedMs && { engagedMs: new Int32Array(engagedMs).map((ms) => ms - 1) }),
  };
}

function textsOf(columns: DecodedColumns, count: number): DayEvents["texts"] {
  const texts: Partial<Record<TextColumnName, TextColumn>> = {};
  for (const name of TEXT_COLUMNS) {
    const column = columns.get(name);
    if (column?.texts === undefined) continue;
    const valueMax = column.texts.ends.length;
    texts[name] = { ...column.texts, index: unpackIndex(column.index, { count, valueMax }) };
  }
  return texts;
}
