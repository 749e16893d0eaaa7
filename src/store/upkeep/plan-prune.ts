import { DAY_MS } from "../../event/day.ts";
import { allowWholeTables } from "../allow-whole-tables.ts";
import type { Database } from "../database.ts";
import { UPKEEP_DEADLINE_MS } from "../deadlines.ts";
import { findOldEvents } from "./old-events.ts";
import { readPreviousHorizonMs } from "./retention-state.ts";
import {
  type OldEventsTotal,
  type ScanOptions,
  scanOldEvents,
  sitesToScan,
} from "./scan-old-events.ts";

/** More than a prune deletes at once, since counting locks none. */
const PAGE_ROWS = 100_000;
/** Prunes are a day apart, and the clock reading behind the first horizon may have been a day old. */
const DAILY_ADVANCE_MS = 2 * DAY_MS;

export interface PrunePlanOptions extends Pick<ScanOptions, "before" | "signal"> {
  readonly onPage?: ScanOptions["onPage"];
}

/**
 * Returns what a prune would delete when that is more than half of all events: a clock may be wrong, or the retention mistyped.
 * A prune that follows a daily one is never large.
 */
export async function findLargePrune(
  database: Database,
  { before, signal, onPage = () => undefined }: PrunePlanOptions,
): Promise<OldEventsTotal | undefined> {
  const previousMs = await readPreviousHorizonMs(database);
  if (previousMs !== undefined) {
    const advanceMs = Date.parse(before) - previousMs;
    // A horizon before the last one: a clock was ahead then, or the retention is longer now.
    if (advanceMs >= 0 && advanceMs <= DAILY_ADVANCE_MS) return undefined;
  }
  const found = await scanOldEvents({
    before,
    sites: await sitesToScan(database),
    rowsMax: PAGE_ROWS,
    signal,
    work: async (page) => await findOldEvents(database, page),
    onPage,
  });
  if (found.old === 0 || signal.aborted) return undefined;
  return (await hasAtLeast(database, 2 * found.old)) ? undefined : found;
}

/** Reads no more rows than that. */
async function hasAtLeast(database: Database, events: number): Promise<boolean> {
  return await database.transaction(UPKEEP_DEADLINE_MS, async (tx) => {
    await allowWholeTables(tx);
    const [row] = await tx<{ events: number }[]>`
      SELECT count(*)::float8 AS events FROM (SELECT 1 FROM events LIMIT ${events}) AS counted`;
    return (row?.events ?? 0) >= events;
  });
}
