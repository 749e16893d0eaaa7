import type { Loss } from "../../event/loss.ts";
import type { Database } from "../database.ts";
import { unacknowledgedLosses } from "./losses.ts";

/** A health check takes at most a second, with the probes that run beside this one. */
const DEADLINE_MS = 800;
/** Bounds the time to count; above it, the exact number does not matter. */
export const DEAD_LETTERS_COUNTED_MAX = 100_000;

export interface DatabaseProbe {
  readonly state: "up" | "down";
  /** Rows of `dead_events`, up to `DEAD_LETTERS_COUNTED_MAX`; undefined when they cannot be counted. */
  readonly deadLetters: number | undefined;
  /** Losses that no operator has acknowledged; undefined when they cannot be read. */
  readonly losses: readonly Loss[] | undefined;
}

/**
 * Checks whether PostgreSQL responds, and counts the dead letters. Never rejects, and takes at most `DEADLINE_MS`. Call it with a
 * `Database` of its own: a busy one would appear to be down, and lose its other work when the deadline passes.
 */
export async function probeDatabase(database: Database): Promise<DatabaseProbe> {
  try {
    return await database.query(DEADLINE_MS, async (sql) => {
      // Before the first migration PostgreSQL is up, and the tables are missing.
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
