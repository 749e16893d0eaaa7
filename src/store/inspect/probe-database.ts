import type { Loss } from "../../event/loss.ts";
import type { Database } from "../database.ts";
import { unacknowledgedLosses } from "./list-losses.ts";

/** Short enough for a health check's patience, together with the probes beside it. */
const DEADLINE_MS = 800;
/** Counting is worth this many rows; beyond, that there are many says it all. */
export const DEAD_LETTERS_COUNTED_MAX = 100_000;

/** What a look at PostgreSQL found. */
export interface DatabaseProbe {
  readonly state: "up" | "down";
  /** Rows of `dead_events`, up to `DEAD_LETTERS_COUNTED_MAX`; undefined when they cannot be counted. */
  readonly deadLetters: number | undefined;
  /** Losses that no operator has acknowledged; undefined when they cannot be read. */
  readonly losses: readonly Loss[] | undefined;
}

/**
 * Asks whether PostgreSQL answers, and counts the dead letters. Never rejects, and takes `DEADLINE_MS` at
 * most. To be called with a `Database` of its own: one that is slow with other work would look down, and
 * lose that work when the deadline passes.
 */
export async function probeDatabase(database: Database): Promise<DatabaseProbe> {
  try {
    return await database.query(DEADLINE_MS, async (sql) => {
      // Before the first migration the table is missing, and PostgreSQL up all the same.
      const counting = sql`
        SELECT count(*)::int AS events
        FROM (SELECT 1 FROM dead_events LIMIT ${DEAD_LETTERS_COUNTED_MAX}) AS counted
      `.then(
        ([row]) => Number(row?.["events"]),
        () => undefined,
      );
      const losses = unacknowledgedLosses(sql).catch(() => undefined);
      await sql`SELECT 1`;
      return { state: "up", deadLetters: await counting, losses: await losses };
    });
  } catch {
    return { state: "down", deadLetters: undefined, losses: undefined };
  }
}
