import type { ISql } from "postgres";
import type { Loss } from "../../event/loss.ts";
import type { Database } from "../database.ts";
import { QUERY_DEADLINE_MS, WATCH_DEADLINE_MS } from "../deadlines.ts";

/** Bounds the memory of a health check. */
const UNACKNOWLEDGED_MAX = 1_000;

export interface StoredLoss extends Loss {
  readonly stream: string;
  /** ISO string; null before. */
  readonly acknowledgedAt: string | null;
}

export interface AcknowledgedLosses {
  readonly losses: number;
  /** At least. */
  readonly entries: number;
}

/** A stored loss stays as it is, acknowledged or not. */
export async function insertLosses(
  database: Database,
  { stream, group }: { stream: string; group: string },
  losses: readonly Loss[],
): Promise<void> {
  await database.query(
    WATCH_DEADLINE_MS,
    async (sql) =>
      await sql`
      INSERT INTO losses (id, stream, consumer_group, found_at, entries, cause)
      SELECT id, ${stream}, ${group}, found_at::timestamptz, entries, cause
      FROM unnest(
        ${losses.map(({ id }) => id)}::text[],
        ${losses.map(({ foundAt }) => foundAt)}::text[],
        ${losses.map(({ entries }) => String(entries))}::bigint[],
        ${losses.map(({ cause }) => cause)}::text[]
      ) AS found (id, found_at, entries, cause)
      ON CONFLICT (id) DO NOTHING
    `,
  );
}

/** Returns the newest first, acknowledged ones included. */
export async function listLosses(
  database: Database,
  { lossesMax }: { lossesMax: number },
): Promise<readonly StoredLoss[]> {
  return await database.query(QUERY_DEADLINE_MS, async (sql) => {
    const rows = await sql<LossRow[]>`
      ${columns(sql)} FROM losses ORDER BY found_at DESC, id DESC LIMIT ${lossesMax}`;
    return rows.map(storedLoss);
  });
}

/** Returns the oldest first. */
export async function unacknowledgedLosses(sql: ISql): Promise<readonly StoredLoss[]> {
  const rows = await sql<LossRow[]>`
    ${columns(sql)} FROM losses WHERE acknowledged_at IS NULL ORDER BY found_at LIMIT ${UNACKNOWLEDGED_MAX}`;
  return rows.map(storedLoss);
}

export async function acknowledgeLosses(database: Database): Promise<AcknowledgedLosses> {
  return await database.query(QUERY_DEADLINE_MS, async (sql) => {
    const rows = await sql<{ entries: number }[]>`
      UPDATE losses SET acknowledged_at = now() WHERE acknowledged_at IS NULL
      RETURNING entries::float8 AS entries
    `;
    return { losses: rows.length, entries: rows.reduce((sum, { entries }) => sum + entries, 0) };
  });
}

interface LossRow extends Omit<StoredLoss, "foundAt" | "acknowledgedAt"> {
  readonly found_at: Date;
  readonly acknowledged_at: Date | null;
}

function columns(sql: ISql) {
  return sql`SELECT id, found_at, entries::float8 AS entries, cause, stream, acknowledged_at`;
}

function storedLoss({ found_at, acknowledged_at, ...loss }: LossRow): StoredLoss {
  return {
    ...loss,
    foundAt: found_at.toISOString(),
    acknowledgedAt: acknowledged_at?.toISOString() ?? null,
  };
}
