import type { Transaction } from "../database.ts";

/**
 * Returns an ISO string: older events may have been pruned. Call it after the transaction's first write to `events`, which
 * `announcePrune` waits for. Ignores a horizon too late for the kept days, from a clock that was ahead.
 */
export async function readPrunedBefore(tx: Transaction): Promise<string | undefined> {
  const [row] = await tx<{ pruned_before: Date | null }[]>`
    SELECT pruned_before FROM retention_state
    WHERE only_row AND pruned_before <= now() - kept_days * interval '1 day'
  `;
  return row?.pruned_before?.toISOString();
}
