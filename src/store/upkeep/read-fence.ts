import type { Transaction } from "../database.ts";

export interface Fence {
  /** An ISO string: older events may have been pruned. */
  readonly prunedBefore: string | undefined;
  /** When the last `forget` started; undefined before the first. */
  readonly forgottenAt: string | undefined;
}

/**
 * Call it after the transaction's first write to `events`, which `announcePrune` and `forget` wait for. Ignores a horizon too late for
 * the kept days, from a clock that was ahead.
 */
export async function readFence(tx: Transaction): Promise<Fence> {
  const [row] = await tx<{ pruned_before: Date | null; forgotten_at: string | null }[]>`
    SELECT
      CASE WHEN pruned_before <= now() - kept_days * interval '1 day' THEN pruned_before END AS pruned_before,
      forgotten_at::text
    FROM retention_state WHERE only_row
  `;
  return {
    prunedBefore: row?.pruned_before?.toISOString(),
    forgottenAt: row?.forgotten_at ?? undefined,
  };
}
