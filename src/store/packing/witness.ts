import { randomInt } from "node:crypto";
import type { SQL } from "bun";
import { WITNESS_LOCK } from "../advisory-locks.ts";
import type { Database } from "../database.ts";
import { QUERY_DEADLINE_MS } from "../deadlines.ts";

/**
 * An advisory lock of a session. Locks are in the memory of one server, so while this one is held, the server has neither crashed nor been
 * replaced since it was taken, and its sequence has not gone back: ids that no transaction has committed are drawn again after a crash, and
 * those that a standby had not received, after its promotion.
 */
export interface Witness {
  readonly key: number;
}

const KEYS_MAX = 2 ** 31;

export async function takeWitness(database: Database): Promise<Witness> {
  const key = randomInt(KEYS_MAX);
  await database.query(
    QUERY_DEADLINE_MS,
    async (sql) => await sql`SELECT pg_advisory_lock_shared(${WITNESS_LOCK}::int, ${key}::int)`,
  );
  return { key };
}

const IS_HELD = `
  SELECT EXISTS (
    SELECT FROM pg_locks
    WHERE locktype = 'advisory' AND classid::int8 = ${WITNESS_LOCK} AND objid::int8 = $1::int8 AND objsubid = 2
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
  ) AS "isHeld"`;

export async function isHeld(database: Database, { key }: Witness): Promise<boolean> {
  return await database.query(QUERY_DEADLINE_MS, async (sql) => {
    const [row] = await sql.unsafe<{ isHeld: boolean }[]>(IS_HELD, [key]);
    return row?.isHeld === true;
  });
}

/** As `isHeld`, in a transaction. */
export async function isHeldIn(tx: SQL, { key }: Witness): Promise<boolean> {
  const [row] = await tx.unsafe<{ isHeld: boolean }[]>(IS_HELD, [key]);
  return row?.isHeld === true;
}
