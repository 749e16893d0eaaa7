import { setTimeout as delay } from "node:timers/promises";
import postgres, { type Sql } from "postgres";
import { A_WHILE, type FaultKind } from "./fault-kind.ts";

const ROWS_HELD = 10;
const HOLD_MS = 400;
const PAUSE_MS = 50;

/** Locks that block the engine's transactions. */
export const POSTGRES_LOCKS: readonly FaultKind[] = [
  {
    name: "a table is locked",
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
    name: "another program holds row locks",
    target: "postgres",
    weight: 2,
    lastsMs: A_WHILE,
    begin: async ({ databaseUrl }) => untilHealed(databaseUrl, holdRows),
  },
  {
    name: "another program causes deadlocks",
    target: "postgres",
    weight: 1,
    lastsMs: A_WHILE,
    begin: async ({ databaseUrl }) => untilHealed(databaseUrl, lockInReverse),
  },
];

/** Starts `work` on a new connection, and returns a function that ends it. */
function untilHealed(
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
 * Repeatedly locks rows that many batches need, in the engine's order. Transactions queue behind them, each with some rows
 * locked, and would deadlock if two of them locked rows in different orders.
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
 * Repeatedly locks rows in the reverse of the engine's order. Its `deadlock_timeout` is longer than the engine's, so PostgreSQL
 * usually aborts the engine's transaction.
 */
async function lockInReverse(sql: Sql, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const transaction = sql.begin(async (tx) => {
      await tx`SELECT FROM daily_site_stats WHERE site_id = 'hot.example' FOR UPDATE`;
      await tx`SELECT FROM daily_site_path_counts WHERE site_id = 'hot.example' FOR UPDATE`;
    });
    await transaction.catch(() => undefined); // PostgreSQL may abort this one.
  }
}
