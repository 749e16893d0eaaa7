import { compareEntryIds } from "../stream-entry.ts";
import type { StreamChange } from "./stream-state.ts";

/** Returns a lower bound. Delivered events do not count, because a consumer has them in memory and stores them. */
export function lostEntries(change: StreamChange): number {
  return change.isReplaced ? lostWithStream(change) : lostFromStream(change);
}

/** As many as in the last two seconds may have been delivered since. */
function lostWithStream({ before, missing }: StreamChange): number {
  const { undelivered, unreached = 0, window, lastWindow } = before;
  const never = isRedelivered(before) ? unreached : undelivered;
  return Math.max(0, Math.min(never, missing) - window - lastWindow);
}

function lostFromStream({ before, now, skipped }: StreamChange): number {
  if (isRedelivered(now) || isRedelivered(before)) return 0;
  const isIdle = now.delivered === before.delivered && now.exact && before.exact;
  const lacking = before.undelivered + (now.added - before.added) - now.undelivered;
  const counted = isIdle ? Math.max(0, lacking) : skipped;
  return counted === 0 && !now.exact && isDeletedUndelivered(before, now) ? 1 : counted;
}

/** Undelivered entries may have been stored before the group was created again or set back. */
function isRedelivered({ reached, delivered }: StreamChange["now"]): boolean {
  return compareEntryIds(reached, delivered) > 0;
}

function isDeletedUndelivered(before: StreamChange["before"], now: StreamChange["now"]): boolean {
  return now.deleted !== before.deleted && compareEntryIds(now.deleted, now.delivered) > 0;
}
