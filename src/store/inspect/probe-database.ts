import type { Loss } from "../../event/loss.ts";
import type { Database } from "../database.ts";
import { WATCH_DEADLINE_MS } from "../deadlines.ts";
import { unacknowledgedLosses } from "./losses.ts";

/** A health check takes at most a second. */
const DEADLINE_MS = 800;
/** Bounds the time to count. */
const DEAD_LETTERS_COUNTED_MAX = 100_000;

export interface DatabaseProbe {
  readonly state: "up" | "down";
  /** Up to `DEAD_LETTERS_COUNTED_MAX`; undefined when they cannot be counted. */
  readonly deadLetters: number | undefined;
  readonly losses: readonly Loss[] | undefined;
}

/** Never rejects. Needs its own `Database`: a busy one would appear down, and lose its other work at the deadline. */
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

/** @throws What the driver throws. */
export async function probe(database: Database): Promise<void> {
  await database.query(WATCH_DEADLINE_MS, async (sql) => await sql`SELECT 1`);
}
