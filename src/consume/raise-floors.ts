import { errorText } from "../errors.ts";
import { decodeEntry } from "../event/entry-codec.ts";
import type { SiteDate } from "../store/rollups/rollup.ts";
import { raiseFloor } from "../store/rollups/top-paths/raise-floor.ts";
import { entryIdMs, type StreamEntry } from "../stream/stream-entry.ts";
import type { StoringContext } from "./storing-context.ts";

/** Keeps the top paths of the days of stored entries cheap to read. A failure is left to a later batch. */
export async function raiseFloors(
  entries: readonly StreamEntry[],
  { database, log }: Pick<StoringContext, "database" | "log">,
): Promise<void> {
  for (const day of daysOf(entries)) {
    try {
      const paths = await raiseFloor(database, day);
      if (paths > 0) log.debug({ ...day, paths }, "Floor of a day's top paths raised");
    } catch (error) {
      log.debug({ ...day, error: errorText(error) }, "Floor of a day's top paths not raised");
      return;
    }
  }
}

function daysOf(entries: readonly StreamEntry[]): readonly SiteDate[] {
  const days = new Map<string, SiteDate>();
  for (const { id, flatFields } of entries) {
    const decoded = decodeEntry(flatFields, Math.max(Date.now(), entryIdMs(id)));
    if (decoded.kind !== "event") continue;
    const { siteId, timestamp } = decoded.event;
    const day = { siteId, date: timestamp.slice(0, 10) };
    days.set(`${day.date}${day.siteId}`, day);
  }
  return [...days.values()];
}
