import type { Database } from "./database.ts";
import { QUERY_DEADLINE_MS, UPKEEP_DEADLINE_MS } from "./deadlines.ts";

/** `if free` waits for nobody. */
const FUNCTIONS = {
  exclusive: "pg_advisory_xact_lock",
  shared: "pg_advisory_xact_lock_shared",
  "if free": "pg_try_advisory_xact_lock",
} as const;

export interface HeldLock {
  readonly key: number;
  readonly how: keyof typeof FUNCTIONS;
}

/**
 * Runs `work` while a transaction on a connection of its own holds an advisory lock: behind a pooler, no session keeps a lock, and some
 * statements can be in no transaction. Returns undefined when the lock is not free.
 *
 * @throws QueueFlowError `database_unavailable`; what the driver and `work` throw.
 */
export async function holdLock<Result>(
  database: Database,
  { key, how }: HeldLock,
  work: () => Promise<Result>,
): Promise<Result | undefined> {
  const holder = database.sibling();
  try {
    return await holder.transaction(UPKEEP_DEADLINE_MS, async (tx) => {
      // Simple queries: a portal would keep a snapshot, for which VACUUM and the building of an index wait.
      await tx.unsafe(
        "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0",
      );
      const [row] = await tx.unsafe<{ locked: unknown }[]>(
        `SELECT ${FUNCTIONS[how]}(${key}) AS locked`,
      );
      return row?.locked === false ? undefined : await work();
    });
  } finally {
    await holder.close(QUERY_DEADLINE_MS);
  }
}
