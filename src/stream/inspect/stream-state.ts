import { type Static, Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import type { GroupKey } from "../consumer-group.ts";
import { keyBeside } from "../key-beside.ts";

/** `at` and `windowAt` are Redis's clock, in milliseconds since 1970. */
export const StreamState = Type.Object({
  /** Greater for each stream that replaces another. */
  epoch: Type.String(),
  at: Type.Number(),
  /** Redis's `run_id`; empty when INFO is refused. */
  run: Type.String(),
  /** Entries ever appended, the last id, and the greatest id that XDEL deleted. */
  added: Type.Number(),
  generated: Type.String(),
  deleted: Type.String(),
  /** The last and the greatest id delivered to the group. */
  delivered: Type.String(),
  reached: Type.String(),
  /** Entries after `reached`, at least, while the group delivers earlier ones again. */
  unreached: Type.Optional(Type.Number()),
  /** Redis's `entries-read`; -1 when unknown. */
  read: Type.Number(),
  /** Whether `read` was checked since Redis started. */
  trusted: Type.Boolean(),
  /** A lower bound unless `exact`. */
  undelivered: Type.Number(),
  exact: Type.Boolean(),
  /** Entries delivered in the current second, which began at `windowAt`, and in the one before. */
  window: Type.Number(),
  lastWindow: Type.Number(),
  windowAt: Type.Number(),
});

export type StreamState = Static<typeof StreamState>;

export interface StreamChange {
  readonly before: StreamState;
  readonly now: StreamState;
  /** Deleted, or replaced by another stream or an older copy. */
  readonly isReplaced: boolean;
  /** Earlier entries that the new stream lacks; a lower bound. */
  readonly missing: number;
  /** Entries trimmed or deleted before delivery. */
  readonly skipped: number;
}

export function parseState(text: string): StreamState {
  const state: unknown = JSON.parse(text);
  return Value.Decode(StreamState, state);
}

export function epochMs(epoch: string): number {
  return Number(epoch.slice(0, epoch.indexOf("-")));
}

export function watchKey({ stream, group }: GroupKey): string {
  return keyBeside(stream, `${group}:watch`);
}
