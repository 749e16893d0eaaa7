import type { SQL } from "bun";
import {
  type ChunkPart,
  deleteParts,
  insertChunk,
  readChunk,
  readParts,
} from "../../store/packing/chunks.ts";
import type { DayEvents } from "../columns/day-events.ts";
import { decodeDayEvents } from "../columns/decode-day-events.ts";
import { encodeDayEvents } from "../columns/encode-day-events.ts";
import { mergeDayEvents } from "../columns/merge/merge-day-events.ts";
import { COLUMN_FORMAT } from "../columns/sealed-column.ts";
import { partsToMerge } from "./plan-parts.ts";
import { readRowsOfDay } from "./read-rows.ts";

export interface PackContext {
  readonly sql: SQL;
  readonly siteId: string;
  readonly secret: Uint8Array;
}

export interface NewPart {
  readonly date: string;
  readonly events: DayEvents;
  readonly firstId: string;
  readonly lastId: string;
}

/** Adds a part to each of some days, and merges small ones that lie before it. */
export async function addParts(context: PackContext, added: readonly NewPart[]): Promise<void> {
  const { sql, siteId } = context;
  const dates = added.map(({ date }) => date);
  const byDate = Map.groupBy(await readParts(sql, siteId, dates), ({ date }) => date);
  for (const part of added) {
    const parts = byDate.get(part.date) ?? [];
    const merged = partsToMerge(parts, part.events.count);
    const before = parts.slice(parts.length - merged);
    await writePart(context, before.length === 0 ? part : await mergeParts(context, before, part));
  }
}

/** Replaces neighbouring parts of a day by one. */
export async function replaceByOne(
  context: PackContext,
  parts: readonly ChunkPart[],
): Promise<void> {
  const [last] = parts.slice(-1);
  if (last === undefined) return;
  const { date, part: firstId, lastId } = last;
  const events = await readPart(context, last);
  const lastPart = { date, events, firstId, lastId };
  await deleteParts(context.sql, context.siteId, [last]);
  await writePart(context, await mergeParts(context, parts.slice(0, -1), lastPart));
}

export async function readPart(
  { sql, siteId }: Pick<PackContext, "sql" | "siteId">,
  part: ChunkPart,
): Promise<DayEvents> {
  return decodeDayEvents(await readChunk(sql, siteId, part), part.events);
}

export async function writePart(
  { sql, siteId }: Pick<PackContext, "sql" | "siteId">,
  { date, events, firstId, lastId }: NewPart,
): Promise<void> {
  const columns = encodeDayEvents(events);
  const format = COLUMN_FORMAT;
  await insertChunk(sql, siteId, { date, events: events.count, firstId, lastId, format, columns });
}

/** Deletes the parts `before`. */
async function mergeParts(
  context: PackContext,
  before: readonly ChunkPart[],
  last: NewPart,
): Promise<NewPart> {
  const { date, lastId } = last;
  const read: DayEvents[] = [];
  for (const part of before) read.push(await readPart(context, part));
  const { events, hasTies } = mergeDayEvents(last.events, read);
  await deleteParts(context.sql, context.siteId, before);
  const firstId = before[0]?.part ?? last.firstId;
  const merged = { date, events, firstId, lastId };
  if (!hasTies) return merged;
  // Chunks have no `event_id`, by which events of one instant are ordered. The rows have it until they are pruned.
  const rows = await readRowsOfDay(context, merged);
  return rows?.count === events.count ? { ...merged, events: rows } : merged;
}
