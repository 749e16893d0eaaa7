import type { SQL } from "bun";
import { DAY_MS } from "../../event/day.ts";
import { UPKEEP_LOCK } from "../../store/advisory-locks.ts";
import { deleteParts, PART_EVENTS_MAX, readParts } from "../../store/packing/chunks.ts";
import { readPackedDates } from "../../store/packing/packed-sites.ts";
import { lockSite } from "../../store/packing/site-lock.ts";
import type { DayEvents } from "../columns/day-events.ts";
import { readRows } from "./read-rows.ts";
import { writePart } from "./write-parts.ts";

export interface PackedDayToRebuild {
  readonly siteId: string;
  readonly date: string;
  readonly secret: Uint8Array;
}

export type RebuiltChunks =
  | { readonly kind: "rebuilt"; readonly events: number }
  | { readonly kind: "pruned" }
  | { readonly kind: "busy" };

/**
 * Makes a day's chunks again from its packed rows, in one transaction that no prune runs beside. `pruned`: rows are gone, and the chunks are
 * their only copy. `busy`: another session changes the site's chunks, deletes old events or rebuilds a day.
 */
export async function rebuildPackedDay(
  sql: SQL,
  { siteId, date, secret }: PackedDayToRebuild,
): Promise<RebuiltChunks> {
  return await sql.begin(async (tx): Promise<RebuiltChunks> => {
    const [[isFree] = [false]] = await tx
      .unsafe("SELECT pg_try_advisory_xact_lock($1::text::bigint)", [String(UPKEEP_LOCK)])
      .values();
    const packedId = isFree === true ? await lockSite(tx, siteId) : undefined;
    if (packedId === undefined) return { kind: "busy" };
    const [found] = await readPackedDates(tx, siteId, { from: date, to: date });
    if (found !== undefined && found.prunedPacked + found.prunedUnpacked > 0)
      return { kind: "pruned" };
    const context = { sql: tx, siteId, secret };
    await deleteParts(tx, siteId, await readParts(tx, siteId, [date]));
    const span = { fromMs: Date.parse(date), toMs: Date.parse(date) + DAY_MS };
    let events = 0;
    for (let afterId = 0n; ; ) {
      const range = {
        afterId: String(afterId),
        untilId: String(packedId),
        rowsMax: PART_EVENTS_MAX,
      };
      const { days, lastId, isFull } = await readRows(context, range, span);
      const day: DayEvents | undefined = days.get(date);
      if (day === undefined || lastId === undefined) break;
      await writePart(context, { date, events: day, firstId: String(afterId + 1n), lastId });
      events += day.count;
      if (!isFull) break;
      afterId = BigInt(lastId);
    }
    return { kind: "rebuilt", events };
  });
}
