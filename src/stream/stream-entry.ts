import { type Static, Type } from "@sinclair/typebox";
import { carriedReceivedMs } from "../event/entry-codec.ts";

/** A reply's list of `[id, fields]`; an entry deleted while it was pending has null for fields. */
export const EntryRows = Type.Array(
  Type.Tuple([Type.String(), Type.Union([Type.Array(Type.String()), Type.Null()])]),
);

/** One entry of the stream as Redis has it: its id, and its field names and values in turn. */
export interface StreamEntry {
  readonly id: string;
  readonly flatFields: readonly string[];
}

/** What a read delivers: entries, and the ids of pending entries that the stream no longer has. */
export interface DeliveredEntries {
  readonly entries: readonly StreamEntry[];
  readonly missingIds: readonly string[];
}

/** The largest id of an entry, two 64-bit numbers: Redis takes no entry after one that has it. */
export const LAST_ENTRY_ID = "18446744073709551615-18446744073709551615";

/** The latest instant of a four-digit year, in milliseconds since 1970. */
const RECEIVED_MS_MAX = Date.parse("9999-12-31T23:59:59.999Z");

/**
 * When Redis received an entry, in milliseconds since 1970: the time in its id or, if that is earlier, the time that the entry
 * carries. Another program can choose an id in the future, and ids stay ahead after the clock of Redis was set back: the
 * result is at most `nowMs`, the clock of Redis, where that is known, and within the year 9999, so that it can be stored.
 */
export function receivedMsOf(
  { id, flatFields }: StreamEntry,
  nowMs: number = RECEIVED_MS_MAX,
): number {
  const carriedMs = carriedReceivedMs(flatFields) ?? RECEIVED_MS_MAX;
  return Math.min(entryIdMs(id), carriedMs, nowMs, RECEIVED_MS_MAX);
}

/** The milliseconds since 1970 in an entry's id. */
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

/** Splits a reply into entries and the ids of those that are gone. */
export function deliveredEntries(rows: Static<typeof EntryRows>): DeliveredEntries {
  const entries: StreamEntry[] = [];
  const missingIds: string[] = [];
  for (const [id, flatFields] of rows) {
    if (flatFields === null) missingIds.push(id);
    else entries.push({ id, flatFields });
  }
  return { entries, missingIds };
}
