import type { Sql } from "postgres";
import type { Loss } from "../../event/loss.ts";
import type { Database } from "../database.ts";
import { QUERY_DEADLINE_MS } from "../deadlines.ts";

/** More losses than this are as bad as this many. */
const LOSSES_MAX = 1_000;

/** A loss as it is stored. */
export interface StoredLoss extends Loss {
  readonly stream: string;
  /** When an operator acknowledged it, as an ISO string; null before. */
  readonly acknowledgedAt: string | null;
}

/** The newest losses, newest first, acknowledged ones included. */
export async function listLosses(
  database: Database,
  { lossesMax }: { lossesMax: number },
): Promise<readonly StoredLoss[]> {
  return await database.query(QUERY_DEADLINE_MS, async (sql) => {
    const rows = await sql<LossRow[]>`
      SELECT id, found_at, entries::float8 AS entries, cause, stream, acknowledged_at
      FROM losses ORDER BY found_at DESC, id DESC LIMIT ${lossesMax}
    `;
    return rows.map(storedLoss);
  });
}

/** The oldest losses that no operator has acknowledged. */
export async function unacknowledgedLosses(sql: Sql): Promise<readonly StoredLoss[]> {
  const rows = await sql<LossRow[]>`
    SELECT id, found_at, entries::float8 AS entries, cause, stream, acknowledged_at
    FROM losses WHERE acknowledged_at IS NULL ORDER BY found_at LIMIT ${LOSSES_MAX}
  `;
  return rows.map(storedLoss);
}

interface LossRow {
  readonly id: string;
  readonly found_at: Date;
  readonly entries: number;
  readonly cause: string;
  readonly stream: string;
  readonly acknowledged_at: Date | null;
}

function storedLoss({
  id,
  found_at,
  entries,
  cause,
  stream,
  acknowledged_at,
}: LossRow): StoredLoss {
  return {
    id,
    foundAt: found_at.toISOString(),
    entries,
    cause,
    stream,
    acknowledgedAt: acknowledged_at?.toISOString() ?? null,
  };
}
