import { DAY_MS } from "../../event/day.ts";
import { allowWholeTables } from "../allow-whole-tables.ts";
import type { Database } from "../database.ts";
import { QUERY_DEADLINE_MS, UPKEEP_DEADLINE_MS } from "../deadlines.ts";
import { findOldEvents } from "./find-old-events.ts";
import type { Stretch } from "./old-events.ts";
import { eachStretch, type OldEventsSoFar } from "./scan-old-events.ts";

const STRETCH_ROWS = 100_000;
/** Two prunes are a day apart, and what they count from may have been up to a day old at the first one. */
const DAILY_ADVANCE_MS = 2 * DAY_MS;

/** What a prune is to delete. */
export interface PrunePlanOptions {
  /** Events of days before this instant that were received before it, an ISO string. */
  readonly before: string;
  readonly signal: AbortSignal;
  readonly onStretch?: (soFar: OldEventsSoFar) => Promise<void> | void;
}

/**
 * Returns what a prune would delete when that is more than half of all events: a clock may be wrong, or the retention
 * mistyped. Undefined otherwise, and for a prune that follows a daily one: how much of the table a day is depends on the
 * retention alone.
 */
export async function findLargePrune(
  database: Database,
  { before, signal, onStretch = () => undefined }: PrunePlanOptions,
): Promise<OldEventsSoFar | undefined> {
  const previousMs = await readPrevious(database);
  if (previousMs !== undefined) {
    const advanceMs = Date.parse(before) - previousMs;
    // A horizon that lies behind the last one follows no daily prune: a clock was ahead then, or the retention is longer now.
    if (advanceMs >= 0 && advanceMs <= DAILY_ADVANCE_MS) return undefined;
  }
  const work = async (stretch: Stretch) => await findOldEvents(database, stretch);
  const found = await eachStretch({ before, rowsMax: STRETCH_ROWS, signal, work, onStretch });
  if (found.old === 0 || signal.aborted) return undefined;
  return (await hasAtLeast(database, 2 * found.old)) ? undefined : found;
}

/** The horizon of the last prune, in milliseconds since 1970. */
async function readPrevious(database: Database): Promise<number | undefined> {
  const [row] = await database.query(
    QUERY_DEADLINE_MS,
    async (sql) =>
      await sql<
        { pruned_before: Date | null }[]
      >`SELECT pruned_before FROM retention_state WHERE only_row`,
  );
  return row?.pruned_before?.getTime();
}

/** Whether there are at least this many events; reads no more rows than that. */
async function hasAtLeast(database: Database, events: number): Promise<boolean> {
  return await database.transaction(UPKEEP_DEADLINE_MS, async (tx) => {
    await allowWholeTables(tx);
    const [row] = await tx<{ events: number }[]>`
      SELECT count(*)::float8 AS events FROM (SELECT FROM events LIMIT ${events}) AS counted`;
    return (row?.events ?? 0) >= events;
  });
}
