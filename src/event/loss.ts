export interface Loss {
  readonly id: string;
  /** ISO string. */
  readonly foundAt: string;
  /** At least. */
  readonly entries: number;
  readonly cause: string;
}

export interface LossSum {
  readonly entries: number;
  /** ISO string. */
  readonly since: string | null;
}

/**
 * Sums the losses in PostgreSQL and those noted in Redis, each undefined when unknown. Returns undefined when one is unknown and
 * the other is empty.
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
