import { compareEntryIds } from "../stream-entry.ts";
import type { StreamChange } from "./stream-state.ts";

/**
 * How many accepted events left the stream before they were delivered to the group, at least. What a consumer had been
 * delivered is not counted: it has the entries in memory, and stores them.
 */
export function lostEntries(change: StreamChange): number {
  return change.isReplaced ? goneWithStream(change) : takenFromStream(change);
}

/**
 * Of a stream that is gone only what was known of it a moment before. What was delivered in the second or two before that
 * is taken for what may have been delivered since.
 */
function goneWithStream({ before, missing }: StreamChange): number {
  if (isRedelivered(before)) return 0;
  const { undelivered, window, lastWindow } = before;
  return Math.max(0, Math.min(undelivered, missing) - window - lastWindow);
}

/** Of entries that were trimmed or deleted one by one. */
function takenFromStream({ before, now, skipped }: StreamChange): number {
  if (isRedelivered(now) || isRedelivered(before)) return 0;
  const isStill = now.delivered === before.delivered && now.exact && before.exact;
  const lacking = before.undelivered + (now.added - before.added) - now.undelivered;
  const counted = isStill ? Math.max(0, lacking) : skipped;
  return counted === 0 && !now.exact && isDeletedUndelivered(before, now) ? 1 : counted;
}

/** Whether the group was made again or set back: what is not delivered may have been stored before. */
function isRedelivered({ reached, delivered }: StreamChange["now"]): boolean {
  return compareEntryIds(reached, delivered) > 0;
}

function isDeletedUndelivered(before: StreamChange["before"], now: StreamChange["now"]): boolean {
  return now.deleted !== before.deleted && compareEntryIds(now.deleted, now.delivered) > 0;
}
