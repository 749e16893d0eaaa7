import { compareEntryIds } from "../stream-entry.ts";
import type { StreamChange } from "./stream-state.ts";

/**
 * Returns how many accepted events left the stream before they were delivered to the group, at least. Delivered entries do not
 * count: a consumer has them in memory, and stores them.
 */
export function lostEntries(change: StreamChange): number {
  return change.isReplaced ? lostWithStream(change) : lostFromStream(change);
}

/**
 * Counts the entries of a replaced stream from its last state. As many as were delivered in the second or two before may have been
 * delivered since.
 */
function lostWithStream({ before, missing }: StreamChange): number {
  const { undelivered, unreached = 0, window, lastWindow } = before;
  const never = isRedelivered(before) ? unreached : undelivered;
  return Math.max(0, Math.min(never, missing) - window - lastWindow);
}

/** Counts entries that were trimmed or deleted. */
function lostFromStream({ before, now, skipped }: StreamChange): number {
  if (isRedelivered(now) || isRedelivered(before)) return 0;
  const isIdle = now.delivered === before.delivered && now.exact && before.exact;
  const lacking = before.undelivered + (now.added - before.added) - now.undelivered;
  const counted = isIdle ? Math.max(0, lacking) : skipped;
  return counted === 0 && !now.exact && isDeletedUndelivered(before, now) ? 1 : counted;
}

/** Whether the group was created again or set back: undelivered entries may have been stored before. */
function isRedelivered({ reached, delivered }: StreamChange["now"]): boolean {
  return compareEntryIds(reached, delivered) > 0;
}

function isDeletedUndelivered(before: StreamChange["before"], now: StreamChange["now"]): boolean {
  return now.deleted !== before.deleted && compareEntryIds(now.deleted, now.delivered) > 0;
}
