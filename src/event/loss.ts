/** Accepted events that were lost. */
export interface Loss {
  readonly id: string;
  /** ISO string. */
  readonly foundAt: string;
  /** Entries lost, at least. */
  readonly entries: number;
  readonly cause: string;
}

/** The sum of losses. */
export interface LossSum {
  readonly entries: number;
  /** When the first was found, as an ISO string. */
  readonly since: string | null;
}

/**
 * Sums unacknowledged losses: `stored` are in PostgreSQL, `noted` in Redis until PostgreSQL has them. Returns undefined when
 * one of the two is unknown and the other is empty.
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
