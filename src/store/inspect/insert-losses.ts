import type { Loss } from "../../event/loss.ts";
import type { Database } from "../database.ts";
import { WATCH_DEADLINE_MS } from "../deadlines.ts";

/** Stores losses; one that is there already stays as it is, acknowledged or not. */
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
