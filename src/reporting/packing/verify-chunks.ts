import type { SQL } from "bun";
import { DAY_MS } from "../../event/day.ts";
import { UPKEEP_DEADLINE_MS } from "../../store/deadlines.ts";
import { hasChunks, readPackedDates, readPackedSites } from "../../store/packing/packed-sites.ts";
import { PrimarySql } from "../../store/primary-sql.ts";
import { compareHashes, type EventDifference, eventHashes } from "./compare-events.ts";
import { readPackedDay } from "./packed-day.ts";
import { readRows } from "./read-rows.ts";

/** Rows hashed at once. */
const ROWS_MAX = 100_000;

export interface ChunkDifference extends EventDifference {
  readonly kind: "chunk";
  readonly site_id: string;
  readonly date: string;
  /** Why a chunk cannot be read. */
  readonly damage?: string;
}

export interface ChunkRange {
  readonly siteId: string | undefined;
  /** UTC, `YYYY-MM-DD`, both included. `-infinity` and `infinity` are no bound. */
  readonly from: string;
  readonly to: string;
}

export interface VerifiedChunks {
  readonly events: number;
  readonly differences: readonly ChunkDifference[];
}

/**
 * Compares all that chunks hold with the rows that are left, in one snapshot, while events are stored and packed. Of pruned rows it compares
 * the number.
 *
 * @throws What the driver throws.
 */
export async function verifyChunks(
  databaseUrl: string,
  range: ChunkRange,
  onProgress: (events: number) => void,
): Promise<VerifiedChunks> {
  const settings = {
    statement_timeout: UPKEEP_DEADLINE_MS,
    idle_in_transaction_session_timeout: 0,
    enable_bitmapscan: "on",
  };
  const connections = new PrimarySql({ url: databaseUrl, connectionsMax: 1, settings });
  try {
    const sql = await connections.open();
    return await sql.begin("isolation level repeatable read read only", async (tx) => {
      const differences: ChunkDifference[] = [];
      if (!(await hasChunks(tx))) return { events: 0, differences };
      let events = 0;
      for (const site of await readPackedSites(tx, range.siteId)) {
        const rows = await hashRows(tx, { ...site, ...range, siteId: site.siteId });
        const dates = await readPackedDates(tx, site.siteId, range);
        const pruned = new Map(dates.map((date) => [date.date, date.prunedPacked]));
        for (const date of new Set([...rows.keys(), ...pruned.keys()].toSorted())) {
          const day = { siteId: site.siteId, date, prunedPacked: pruned.get(date) ?? 0 };
          const found = await compareDay(tx, day, rows.get(date));
          events += found.events;
          if (found.difference !== undefined) differences.push(found.difference);
          onProgress(events);
        }
      }
      return { events, differences };
    });
  } finally {
    await connections.close({ timeout: 0 });
  }
}

async function compareDay(
  sql: SQL,
  {
    siteId,
    date,
    prunedPacked,
  }: { readonly siteId: string; readonly date: string; readonly prunedPacked: number },
  rows: Float64Array = new Float64Array(),
): Promise<{ readonly events: number; readonly difference?: ChunkDifference }> {
  const ofDay = { kind: "chunk", site_id: siteId, date } as const;
  try {
    const packed = await readPackedDay({ sql, siteId }, date);
    const hashes = packed === undefined ? new Float64Array() : eventHashes(packed).toSorted();
    const { missing, surplus } = compareHashes(hashes, rows);
    const isRight = missing === 0 && surplus === prunedPacked;
    const events = hashes.length;
    return isRight
      ? { events }
      : { events, difference: { ...ofDay, missing, surplus: surplus - prunedPacked } };
  } catch (error) {
    if (!isDamage(error)) throw error;
    return {
      events: 0,
      difference: { ...ofDay, missing: rows.length, surplus: 0, damage: error.message },
    };
  }
}

function isDamage(error: unknown): error is Error {
  return error instanceof Error && "code" in error && error.code === "chunk_damaged";
}

/** Returns the sorted hashes of a site's packed rows by date. 8 bytes a row. */
async function hashRows(
  sql: SQL,
  {
    siteId,
    packedId,
    from,
    to,
  }: ChunkRange & { readonly siteId: string; readonly packedId: string },
): Promise<ReadonlyMap<string, Float64Array>> {
  const parts = new Map<string, Float64Array[]>();
  // The secret keys hashes of users, which are compared by their texts.
  const context = { sql, siteId, secret: new Uint8Array(1) };
  const span = {
    fromMs: from === "-infinity" ? Number.NEGATIVE_INFINITY : Date.parse(from),
    toMs: to === "infinity" ? Number.POSITIVE_INFINITY : Date.parse(to) + DAY_MS,
  };
  let afterId = "0";
  for (;;) {
    const { days, lastId } = await readRows(
      context,
      { afterId, untilId: packedId, rowsMax: ROWS_MAX },
      span,
    );
    for (const [date, day] of days) {
      parts.set(date, [...(parts.get(date) ?? []), eventHashes(day)]);
    }
    if (lastId === undefined) break;
    afterId = lastId;
  }
  return new Map([...parts].map(([date, hashes]) => [date, joined(hashes).toSorted()]));
}

function joined(parts: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
