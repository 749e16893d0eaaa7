/** Accepted events that were lost. */
export interface Loss {
  readonly id: string;
  /** When it was found, as an ISO string. */
  readonly foundAt: string;
  /** How many, at least. */
  readonly entries: number;
  readonly cause: string;
}

/** The losses that no operator has acknowledged. */
export interface LossSum {
  /** Entries lost, at least. */
  readonly entries: number;
  /** When the first of them was found, as an ISO string; null when there is none. */
  readonly since: string | null;
}

/**
 * Sums unacknowledged losses: those in PostgreSQL, and those noted in Redis until PostgreSQL has them. Undefined when one of
 * the two is not known and the other has none.
 */
export function sumLosses(
  stored: readonly Loss[] | undefined,
  noted: readonly Loss[] | undefined,
): LossSum | undefined {
  const losses = new Map([...(stored ?? []), ...(noted ?? [])].map((loss) => [loss.id, loss]));
  if (losses.size === 0 && (stored === undefined || noted === undefined)) return undefined;
  const found = [...losses.values()].map(({ foundAt }) => foundAt).toSorted();
  const entries = [...losses.values()].reduce((sum, loss) => sum + loss.entries, 0);
  return { entries, since: found[0] ?? null };
}
