import { type Static, Type } from "@sinclair/typebox";

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

/** When Redis received an entry: the milliseconds in its id, as an ISO string in UTC. */
export function receivedAtOf(entryId: string): string {
  return new Date(entryIdMs(entryId)).toISOString();
}

/** The milliseconds since 1970 in an entry's id. */
export function entryIdMs(entryId: string): number {
  return Number(entryId.slice(0, entryId.indexOf("-")));
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
