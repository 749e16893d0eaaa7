import { type Static, Type } from "@sinclair/typebox";

/**
 * What a look at the stream found. Ids are compared as Redis does; `at` is Redis's clock, in milliseconds since 1970.
 */
export const StreamState = Type.Object({
  /** Of this stream, from when it was first seen until it is replaced; a later one is greater. */
  epoch: Type.String(),
  at: Type.Number(),
  /** The id of Redis's process, or an empty string where INFO is refused. */
  run: Type.String(),
  /** Entries ever appended, the id of the last one, and the greatest id that was deleted by XDEL. */
  added: Type.Number(),
  generated: Type.String(),
  deleted: Type.String(),
  /** The last id delivered to the group, and the greatest that ever was. */
  delivered: Type.String(),
  reached: Type.String(),
  /** Entries ever delivered, as Redis counts them; -1 where it does not know. */
  read: Type.Number(),
  /** Whether `read` was compared with the stream since Redis started. */
  trusted: Type.Boolean(),
  /** Entries not yet delivered; a lower bound unless `exact`. */
  undelivered: Type.Number(),
  exact: Type.Boolean(),
  /** Entries delivered in the second or two before. */
  window: Type.Number(),
  lastWindow: Type.Number(),
  windowAt: Type.Number(),
});

/** What a look at the stream found. */
export type StreamState = Static<typeof StreamState>;

/** What changed since the look before. */
export interface StreamChange {
  readonly before: StreamState;
  readonly now: StreamState;
  /** Whether the stream was deleted, or replaced by another or by an older copy of itself. */
  readonly isReplaced: boolean;
  /** Of the entries appended before, how many the replaced stream lacks, at least. */
  readonly missing: number;
  /** Entries that the group skipped: neither delivered nor in the stream any more. */
  readonly skipped: number;
}
