import { errorText } from "../errors.ts";
import { decodeEntry } from "../event/entry-codec.ts";
import type { Log } from "../log/log.ts";
import type { Database } from "../store/database.ts";
import type { SiteDate } from "../store/rollups/rollup.ts";
import { raiseFloor } from "../store/rollups/top-paths/raise-floor.ts";
import { entryIdMs, type StreamEntry } from "../stream/stream-entry.ts";

/** One entry of this many has its day looked at: between two looks, about as many paths rise above the day's floor. */
const ENTRIES_PER_LOOK = 2_000;

/** What raising floors after a batch works with. */
export interface RaiseFloorsOptions {
  readonly database: Database;
  readonly log: Log;
  /** From 0 up to 1. */
  readonly random?: () => number;
}

/**
 * Raises the floors of some days of a stored batch, in transactions of their own, so that reading their top paths stays
 * cheap. A failure is left to a later batch: reading is exact without it.
 */
export async function raiseFloors(
  entries: readonly StreamEntry[],
  { database, log, random = Math.random }: RaiseFloorsOptions,
): Promise<void> {
  for (const day of sampledDays(entries, random)) {
    try {
      const paths = await raiseFloor(database, day);
      if (paths > 0) log.debug({ ...day, paths }, "Floor of a day's top paths raised");
    } catch (error) {
      log.debug({ ...day, error: errorText(error) }, "Floor of a day's top paths not raised");
      return;
    }
  }
}

/** The distinct days of every `ENTRIES_PER_LOOK`th entry, the first of which is chosen at random. */
function sampledDays(entries: readonly StreamEntry[], random: () => number): readonly SiteDate[] {
  const days = new Map<string, SiteDate>();
  const first = Math.floor(random() * ENTRIES_PER_LOOK);
  for (const [index, { id, flatFields }] of entries.entries()) {
    if (index % ENTRIES_PER_LOOK !== first) continue;
    const decoded = decodeEntry(flatFields, Math.max(Date.now(), entryIdMs(id)));
    if (decoded.kind !== "event") continue;
    const { siteId, timestamp } = decoded.event;
    const day = { siteId, date: timestamp.slice(0, 10) };
    days.set(`${day.date}${day.siteId}`, day);
  }
  return [...days.values()];
}
