import { UPKEEP_LOCK } from "../advisory-locks.ts";
import type { Transaction } from "../database.ts";
import { UPKEEP_DEADLINE_MS } from "../deadlines.ts";
import { STATEMENT_TIMEOUT_MS } from "../session-settings.ts";

/** Less than batches wait for a lock themselves. */
export const LOCK_TIMEOUT_MS = 3_000;

/** Waits until no other transaction rebuilds a day or deletes old events. Call it first. */
export async function waitForUpkeep(tx: Transaction): Promise<void> {
  await tx`
    SELECT set_config('lock_timeout', ${String(UPKEEP_DEADLINE_MS)}, true),
      set_config('statement_timeout', ${String(UPKEEP_DEADLINE_MS)}, true)`;
  await tx`SELECT pg_advisory_xact_lock(${UPKEEP_LOCK})`;
  await tx`
    SELECT set_config('lock_timeout', ${String(LOCK_TIMEOUT_MS)}, true),
      set_config('statement_timeout', ${String(STATEMENT_TIMEOUT_MS)}, true)`;
}

/**
 * Waits for the batches that are being stored, and blocks others until the transaction ends. Their first statement is on `events`,
 * so this finds none half done and cannot deadlock.
 *
 * @throws What the driver throws: 55P03 when another session holds the table for longer than a batch may take.
 */
export async function blockBatches(tx: Transaction): Promise<void> {
  await tx`SELECT set_config('lock_timeout', ${String(LOCK_TIMEOUT_MS)}, true)`;
  await tx`LOCK TABLE events IN SHARE ROW EXCLUSIVE MODE`;
}
