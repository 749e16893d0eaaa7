import type { Transaction } from "../database.ts";

/**
 * Returns the instant before which events may have been pruned, as an ISO string; undefined if none were. Call it after the
 * transaction's first write to `events`: `announcePrune` waits for transactions that wrote before it, and all others see its
 * horizon. A horizon later than the days that the prune kept, by PostgreSQL's clock now, comes from a clock that was ahead and
 * is ignored, since it says nothing of when waiting entries were received.
 */
export async function readPrunedBefore(tx: Transaction): Promise<string | undefined> {
  const [row] = await tx<{ pruned_before: Date | null }[]>`
    SELECT pruned_before FROM retention_state
    WHERE only_row AND pruned_before <= now() - kept_days * interval '1 day'
  `;
  return row?.pruned_before?.toISOString();
}
