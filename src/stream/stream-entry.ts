import { type Static, Type } from "@sinclair/typebox";
import { carriedReceivedMs } from "../event/entry-codec.ts";

/** Fields are null when the entry was deleted while pending. */
export const EntryRows = Type.Array(
  Type.Tuple([Type.String(), Type.Union([Type.Array(Type.String()), Type.Null()])]),
);

export interface StreamEntry {
  readonly id: string;
  /** Names and values alternate. */
  readonly flatFields: readonly string[];
}

export interface DeliveredEntries {
  readonly entries: readonly StreamEntry[];
  /** Pending entries that were deleted from the stream. */
  readonly missingIds: readonly string[];
}

/** Redis appends nothing after it. */
export const LAST_ENTRY_ID = "18446744073709551615-18446744073709551615";

const RECEIVED_MS_MAX = Date.parse("9999-12-31T23:59:59.999Z");

/**
 * Returns when Redis received an entry, in milliseconds since 1970, bounded by `nowMs`, the clock of Redis: an id may be in the
 * future.
 */
export function receivedMsOf(
  { id, flatFields }: StreamEntry,
  nowMs: number = RECEIVED_MS_MAX,
): number {
  const carriedMs = carriedReceivedMs(flatFields) ?? RECEIVED_MS_MAX;
  return Math.min(entryIdMs(id), carriedMs, nowMs, RECEIVED_MS_MAX);
}

export function entryIdMs(entryId: string): number {
  return Number(entryId.slice(0, entryId.indexOf("-")));
}

/** For `toSorted`: negative when `a` is earlier. */
export function compareEntryIds(a: string, b: string): number {
  const [aMs = 0n, aSequence = 0n] = a.split("-").map(BigInt);
  const [bMs = 0n, bSequence = 0n] = b.split("-").map(BigInt);
  // Numbers are exact only up to 2^53.
  return Number(aMs === bMs ? aSequence - bSequence : aMs - bMs);
}

export function deliveredEntries(rows: Static<typeof EntryRows>): DeliveredEntries {
  const entries: StreamEntry[] = [];
  const missingIds: string[] = [];
  for (const [id, flatFields] of rows) {
    if (flatFields === null) missingIds.push(id);
    else entries.push({ id, flatFields });
  }
  return { entries, missingIds };
}
