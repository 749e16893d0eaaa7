import { CHUNK_COLUMNS, type ChunkColumnName, isTextColumn } from "../../event/text-columns.ts";
import { toBytePlanes, toDifferences } from "./byte-planes.ts";
import type { DayEvents } from "./day-events.ts";
import { indexWidth, packIndex } from "./packed-index.ts";
import { type ColumnContent, sealColumn } from "./sealed-column.ts";
import { encodeTexts } from "./text-bytes.ts";

/** Without the columns that no event of the chunk has. */
export type EncodedColumns = ReadonlyMap<ChunkColumnName, Uint8Array>;

/** Returns the columns of a chunk. `day` must have its users and their texts. */
export function encodeDayEvents(day: DayEvents): EncodedColumns {
  const columns = new Map<ChunkColumnName, Uint8Array>();
  for (const name of CHUNK_COLUMNS) {
    const content = contentOf(day, name);
    if (content) columns.set(name, sealColumn({ name, events: day.count }, content));
  }
  return columns;
}

function contentOf(day: DayEvents, name: ChunkColumnName): ColumnContent | undefined {
  if (isTextColumn(name)) {
    const column = day.texts[name];
    return column && indexed(column.index, column.ends.length, encodeTexts(column));
  }
  switch (name) {
    case "times":
      return integers(toDifferences(day.times));
    case "users":
      return users(day.users);
    case "user_index":
      return indexed(day.userIndex, day.users.length / 2 - 1);
    case "user_texts":
      return day.userTexts && { mode: 0, bytes: encodeTexts(day.userTexts) };
    case "engaged_ms":
      return day.engagedMs && integers(new Uint32Array(day.engagedMs.map((ms) => ms + 1)));
  }
}

function integers(values: Uint32Array): ColumnContent {
  const { planes, bytes } = toBytePlanes(values);
  return { mode: planes, bytes };
}

/** The low halves, which are random, then the differences of the high ones, which are small. */
function users(hashes: Uint32Array): ColumnContent {
  const count = hashes.length / 2;
  const high = new Uint32Array(count);
  const low = new Uint32Array(count);
  for (let i = 0; i < count; i += 1) {
    high[i] = hashes[2 * i] ?? 0;
    low[i] = hashes[2 * i + 1] ?? 0;
  }
  const { planes, bytes } = toBytePlanes(toDifferences(high));
  return { mode: planes, bytes: joined(new Uint8Array(low.buffer), bytes) };
}

function indexed(index: Uint32Array, valueMax: number, texts = new Uint8Array()): ColumnContent {
  const width = indexWidth(index, valueMax);
  return { mode: width, bytes: joined(packIndex(index, width), texts) };
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(first.length + second.length);
  bytes.set(first);
  bytes.set(second, first.length);
  return bytes;
}
