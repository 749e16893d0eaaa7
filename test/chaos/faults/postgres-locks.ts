import { setTimeout as delay } from "node:timers/promises";
import postgres, { type Sql } from "postgres";
import { A_WHILE, type FaultKind } from "./fault-kind.ts";

const ROWS_HELD = 10;
const HOLD_MS = 400;
const PAUSE_MS = 50;

/** What other transactions of PostgreSQL keep the engine from. */
export const POSTGRES_LOCKS: readonly FaultKind[] = [
  {
    name: "a table of PostgreSQL is locked",
    target: "postgres",
    weight: 2,
    lastsMs: A_WHILE,
    begin: async ({ sql }) => {
      const { promise: healed, resolve: heal } = Promise.withResolvers<void>();
      const { promise: isLocked, resolve: locked } = Promise.withResolvers<void>();
      const transaction = sql.begin(async (tx) => {
        await tx`LOCK TABLE daily_site_stats IN ACCESS EXCLUSIVE MODE`;
        locked();
        await healed;
      });
      await Promise.race([isLocked, transaction]);
      return async () => {
        heal();
        await transaction;
      };
    },
  },
  {
    name: "another program holds rows, now and again",
    target: "postgres",
    weight: 2,
    lastsMs: A_WHILE,
    begin: async ({ databaseUrl }) => meanwhile(databaseUrl, holdRows),
  },
  {
    name: "another program's transactions deadlock with the engine's",
    target: "postgres",
    weight: 1,
    lastsMs: A_WHILE,
    begin: async ({ databaseUrl }) => meanwhile(databaseUrl, lockInReverse),
  },
];

/** Works on a connection of its own until the fault is over. */
function meanwhile(
  databaseUrl: string,
  work: (sql: Sql, signal: AbortSignal) => Promise<void>,
): () => Promise<void> {
  const sql = postgres(databaseUrl, { max: 1, connection: { deadlock_timeout: "10s" } });
  const ending = new AbortController();
  const ended = work(sql, ending.signal);
  return async () => {
    ending.abort();
    await ended;
    await sql.end({ timeout: 1 });
  };
}

/**
 * Holds rows that many batches need, locked in the engine's order, until `signal` aborts. Transactions pile up behind
 * them, each with the rows that it has locked so far: had two of them orders of their own, they would deadlock.
 */
async function holdRows(sql: Sql, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const transaction = sql.begin(async (tx) => {
      await tx`
        SELECT FROM daily_site_path_counts
        WHERE (site_id, date, path) IN (
          SELECT site_id, date, path FROM daily_site_path_counts
          WHERE site_id = 'hot.example' ORDER BY random() LIMIT ${ROWS_HELD})
        ORDER BY site_id, date, path FOR UPDATE`;
      await delay(HOLD_MS);
    });
    await transaction.catch(() => undefined);
    await delay(PAUSE_MS);
  }
}

/**
 * Locks rows in the opposite of the engine's order, until `signal` aborts. It waits the longer of the two
 * before it looks for a deadlock, so that PostgreSQL ends the engine's transaction, and not this one.
 */
async function lockInReverse(sql: Sql, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const transaction = sql.begin(async (tx) => {
      await tx`SELECT FROM daily_site_stats WHERE site_id = 'hot.example' FOR UPDATE`;
      await tx`SELECT FROM daily_site_path_counts WHERE site_id = 'hot.example' FOR UPDATE`;
    });
    await transaction.catch(() => undefined); // It may lose, too.
  }
}
