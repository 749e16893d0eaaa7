import type { Transaction } from "../database.ts";

/**
 * Returns the instant before which events may have been pruned, as an ISO string; undefined when there was no prune. Read
 * after the transaction's first write to `events`: `announcePrune` waits for transactions that have written before it
 * looks, and all others see what it has announced. A horizon that is newer than the days that the prune kept, by PostgreSQL's
 * clock now, comes from a clock that was ahead. It says nothing of when entries that wait were received, and is ignored.
 */
export async function readPrunedBefore(tx: Transaction): Promise<string | undefined> {
  const [row] = await tx<{ pruned_before: Date | null }[]>`
    SELECT pruned_before FROM retention_state
    WHERE only_row AND pruned_before <= now() - kept_days * interval '1 day'
  `;
  return row?.pruned_before?.toISOString();
}
