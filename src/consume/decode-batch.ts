import { decodeEntry } from "../event/entry-codec.ts";
import type { ReceivedEvent } from "../event/event.ts";
import { receivedMsOf, type StreamEntry } from "../stream/stream-entry.ts";

export interface EncodedBatch {
  readonly entries: readonly StreamEntry[];
  /** Reasons to set entries aside unread, by id. */
  readonly refused: ReadonlyMap<string, string>;
  /** The clock of this machine, in milliseconds since 1970. */
  readonly nowMs: number;
  /** The clock of Redis; undefined when unknown. */
  readonly redisNowMs: number | undefined;
}

export interface EntryEvent extends ReceivedEvent {
  readonly entry: StreamEntry;
}

/** Returns the events, and by entry id the reasons why others cannot be stored. */
export function decodeBatch({ entries, refused, nowMs, redisNowMs }: EncodedBatch): {
  readonly events: readonly EntryEvent[];
  readonly invalid: ReadonlyMap<string, string>;
} {
  const events: EntryEvent[] = [];
  const invalid = new Map<string, string>();
  for (const entry of entries) {
    const reason = refused.get(entry.id);
    if (reason !== undefined) {
      invalid.set(entry.id, reason);
      continue;
    }
    // An accepted event stays valid if clocks are behind now or were ahead when it was received.
    const decoded = decodeEntry(entry.flatFields, Math.max(nowMs, receivedMsOf(entry)));
    if (decoded.kind === "event") {
      const receivedAt = new Date(receivedMsOf(entry, redisNowMs)).toISOString();
      events.push({ ...decoded.event, receivedAt, entry });
    } else {
      invalid.set(entry.id, Object.values(decoded.fields).join("; "));
    }
  }
  return { events, invalid };
}
