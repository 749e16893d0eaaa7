import type { ISql } from "postgres";
import { CHUNK_COLUMNS, type ChunkColumnName } from "../../event/text-columns.ts";
import type { Transaction } from "../database.ts";
import type { SiteDate } from "../rollups/rollup.ts";
import { countLaterEvents, type EventCounts } from "./later-events.ts";
import type { ForgetCut } from "./subject-rows.ts";

export interface StoredChunk {
  readonly events: number;
  readonly columns: ReadonlyMap<ChunkColumnName, Uint8Array>;
}

export interface ForgottenEvents {
  /** The user's events by path. */
  readonly paths: ReadonlyMap<string, number>;
  /** The chunk without them; undefined when nothing is left. */
  readonly rest: StoredChunk | undefined;
}

/** Reads and writes the columns of chunks. */
export interface ChunkEditor {
  readonly hasUser: (userTexts: Uint8Array, userId: string, events: number) => boolean;
  /** Returns the number of the user's events. Needs the columns of users only. */
  readonly countOfUser: (chunk: StoredChunk, userId: string) => number;
  /** Returns undefined for a chunk without events of the user. Those in `later` stay, and are taken out of it. */
  readonly withoutUser: (
    chunk: StoredChunk,
    userId: string,
    later: EventCounts,
  ) => ForgottenEvents | undefined;
}

const USER_COLUMNS = ["users", "user_texts", "user_index"] as const;

interface ChunkRow extends Readonly<Record<ChunkColumnName, Uint8Array | null>> {
  readonly part: string;
  readonly events: number;
}

/** Locks the site's chunks until the transaction ends, and waits for the session that packs it. Returns its `packed_id`. */
export async function holdSite(tx: Transaction, siteId: string): Promise<string> {
  await tx`INSERT INTO site_packing (site_id) VALUES (${siteId}) ON CONFLICT DO NOTHING`;
  const [row] = await tx<{ packed: string }[]>`
    SELECT packed_id::text AS packed FROM site_packing WHERE site_id = ${siteId} FOR UPDATE`;
  return row?.packed ?? "0";
}

/**
 * Takes a user's events but the later ones out of a day's chunks, with the texts that only they had. Returns the events by path. Call it after `holdSite`.
 *
 * @throws QueueFlowError `chunk_damaged`
 */
export async function forgetPacked(
  tx: Transaction,
  {
    siteId,
    date,
    userId,
    later,
  }: SiteDate & { readonly userId: string; readonly later: EventCounts },
  editor: ChunkEditor,
): Promise<ReadonlyMap<string, number>> {
  const rows = await tx<ChunkRow[]>`
    SELECT part::text, events, ${tx(CHUNK_COLUMNS)} FROM day_chunks WHERE ${ofDay(tx, { siteId, date })} ORDER BY day_chunks.part`;
  const forgotten = new Map<string, number>();
  for (const row of rows) {
    const found = editor.withoutUser(
      { events: row.events, columns: columnsOf(row) },
      userId,
      later,
    );
    if (found === undefined) continue;
    for (const [path, events] of found.paths) {
      forgotten.set(path, (forgotten.get(path) ?? 0) + events);
    }
    const ofPart = tx`${ofDay(tx, { siteId, date })} AND part = ${row.part}::text::bigint`;
    const { rest } = found;
    if (rest === undefined) await tx`DELETE FROM day_chunks WHERE ${ofPart}`;
    else {
      const values = CHUNK_COLUMNS.map((name) => [name, toBuffer(rest.columns.get(name))] as const);
      // Apart: an update of a distributed table may draw no number.
      const [next] = await tx<[{ version: string }]>`
        SELECT nextval('day_chunk_versions')::text AS version`;
      await tx`
        UPDATE day_chunks SET version = ${next.version}::text::bigint, events = ${rest.events},
          ${tx(Object.fromEntries(values))}
        WHERE ${ofPart}`;
    }
  }
  return forgotten;
}

function ofDay(sql: ISql, { siteId, date }: SiteDate) {
  return sql`site_id = ${siteId} AND date = ${date}::text::date`;
}

function columnsOf(row: ChunkRow): ReadonlyMap<ChunkColumnName, Uint8Array> {
  const columns = new Map<ChunkColumnName, Uint8Array>();
  for (const name of CHUNK_COLUMNS) {
    const bytes = row[name];
    if (bytes !== null) columns.set(name, bytes);
  }
  return columns;
}

function toBuffer(bytes: Uint8Array | undefined): Buffer | null {
  return bytes === undefined ? null : Buffer.from(bytes);
}

/** Returns the days whose chunks have events of a user besides those that were stored after the forget began, or any of a site. */
export async function readPackedDays(
  tx: Transaction,
  { siteId, userId }: { readonly siteId: string; readonly userId: string | undefined },
  { cut, editor }: { readonly cut: ForgetCut; readonly editor: ChunkEditor },
): Promise<readonly string[]> {
  const ofSite = tx`site_id = ${siteId} AND first_id <= ${String(cut.settledId)}`;
  if (userId === undefined) {
    const rows = await tx<
      { date: string }[]
    >`SELECT DISTINCT date::text FROM day_chunks WHERE ${ofSite}`;
    return rows.map(({ date }) => date);
  }
  const dates = new Set<string>();
  const query = tx<{ date: string; events: number; user_texts: Uint8Array }[]>`
    SELECT date::text, events, user_texts FROM day_chunks WHERE ${ofSite}`;
  for await (const rows of query.cursor(100)) {
    for (const { date, events, user_texts: texts } of rows) {
      if (editor.hasUser(texts, userId, events)) dates.add(date);
    }
  }
  for (const [date, events] of await countLaterEvents(tx, { siteId, userId }, cut)) {
    if (!dates.has(date)) continue;
    const packed = await countPacked(tx, { siteId, date, userId }, editor);
    if (packed === events) dates.delete(date);
  }
  return [...dates];
}

async function countPacked(
  tx: Transaction,
  { siteId, date, userId }: SiteDate & { readonly userId: string },
  editor: ChunkEditor,
): Promise<number> {
  const rows = await tx<Pick<ChunkRow, "events" | (typeof USER_COLUMNS)[number]>[]>`
    SELECT events, ${tx(USER_COLUMNS)} FROM day_chunks WHERE ${ofDay(tx, { siteId, date })}`;
  const counts = rows.map((row) => {
    const columns = new Map<ChunkColumnName, Uint8Array>();
    for (const name of USER_COLUMNS) {
      const bytes = row[name];
      if (bytes !== null) columns.set(name, bytes);
    }
    return editor.countOfUser({ events: row.events, columns }, userId);
  });
  return counts.reduce((sum, count) => sum + count, 0);
}

/** Deletes a site's chunks. What of its rows is left, because it arrived later, is packed again. */
export async function forgetSiteChunks(tx: Transaction, siteId: string): Promise<void> {
  await holdSite(tx, siteId);
  await tx`DELETE FROM day_chunks WHERE site_id = ${siteId}`;
  await tx`DELETE FROM site_packing WHERE site_id = ${siteId}`;
}
