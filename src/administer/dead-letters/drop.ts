import type { Database } from "../../store/database.ts";
import { deleteLockedLetters, lockDeadLetters } from "../../store/dead-letters.ts";
import { QUERY_DEADLINE_MS } from "../../store/deadlines.ts";
import { pagesOf } from "./pages-of.ts";

export interface DropOutcome {
  readonly dropped: readonly string[];
  /** Their retry has begun and may have sent them, so that dropping them would promise too much. */
  readonly begun: readonly string[];
  readonly missing: readonly string[];
}

/** Deletes dead letters for good, except those whose retry has begun. */
export async function dropDeadLetters(
  database: Database,
  ids: readonly string[],
): Promise<DropOutcome> {
  const outcome = { dropped: [] as string[], begun: [] as string[], missing: [] as string[] };
  for (const page of pagesOf(ids)) {
    const letters = await database.transaction(QUERY_DEADLINE_MS, async (tx) => {
      const locked = await lockDeadLetters(tx, page);
      await deleteLockedLetters(
        tx,
        locked.filter(({ retryFields }) => retryFields === null).map(({ id }) => id),
      );
      return locked;
    });
    for (const { id, retryFields } of letters) {
      (retryFields === null ? outcome.dropped : outcome.begun).push(id);
    }
    const existing = new Set(letters.map(({ id }) => id));
    outcome.missing.push(...page.filter((id) => !existing.has(id)));
  }
  return outcome;
}
