import { type Static, Type } from "@sinclair/typebox";
import { carriedReceivedMs } from "../event/entry-codec.ts";

/** A reply's rows of id and fields; the fields of an entry that was deleted while pending are null. */
export const EntryRows = Type.Array(
  Type.Tuple([Type.String(), Type.Union([Type.Array(Type.String()), Type.Null()])]),
);

/** One entry of the stream: its id, and its field names and values in turn. */
export interface StreamEntry {
  readonly id: string;
  readonly flatFields: readonly string[];
}

/** Delivered entries, and the ids of pending entries that the stream no longer has. */
export interface DeliveredEntries {
  readonly entries: readonly StreamEntry[];
  readonly missingIds: readonly string[];
}

/** The largest entry id, two 64-bit numbers: Redis appends nothing after it. */
export const LAST_ENTRY_ID = "18446744073709551615-18446744073709551615";

/** The latest instant that PostgreSQL is given, in milliseconds since 1970. */
const RECEIVED_MS_MAX = Date.parse("9999-12-31T23:59:59.999Z");

/**
 * Returns when Redis received an entry, in milliseconds since 1970: the earliest of the time in its id, the time it carries, and
 * `nowMs`, the clock of Redis. An id may be in the future.
 */
export function receivedMsOf(
  { id, flatFields }: StreamEntry,
  nowMs: number = RECEIVED_MS_MAX,
): number {
  const carriedMs = carriedReceivedMs(flatFields) ?? RECEIVED_MS_MAX;
  return Math.min(entryIdMs(id), carriedMs, nowMs, RECEIVED_MS_MAX);
}

/** Returns the milliseconds since 1970 in an entry id. */
export function entryIdMs(entryId: string): number {
  return Number(entryId.slice(0, entryId.indexOf("-")));
}

/** Compares entry ids in the order of the stream: negative when `a` is earlier, 0 when equal, positive when later. */
export function compareEntryIds(a: string, b: string): number {
  const [aMs = 0n, aSequence = 0n] = a.split("-").map(BigInt);
  const [bMs = 0n, bSequence = 0n] = b.split("-").map(BigInt);
  // Both parts are 64 bits wide; a number is exact up to 2^53 only.
  return Number(aMs === bMs ? aSequence - bSequence : aMs - bMs);
}

/** Splits rows into entries and the ids of missing ones. */
export function deliveredEntries(rows: Static<typeof EntryRows>): DeliveredEntries {
  const entries: StreamEntry[] = [];
  const missingIds: string[] = [];
  for (const [id, flatFields] of rows) {
    if (flatFields === null) missingIds.push(id);
    else entries.push({ id, flatFields });
  }
  return { entries, missingIds };
}
