import { readParts } from "../../store/packing/chunks.ts";
import type { DayEvents } from "../columns/day-events.ts";
import { mergeDayEvents } from "../columns/merge/merge-day-events.ts";
import { type PackContext, readPart } from "./write-parts.ts";

/** Returns the events of a site's day that are in chunks; undefined without any. */
export async function readPackedDay(
  context: Pick<PackContext, "sql" | "siteId">,
  date: string,
): Promise<DayEvents | undefined> {
  const read: DayEvents[] = [];
  for (const part of await readParts(context.sql, context.siteId, [date])) {
    read.push(await readPart(context, part));
  }
  const [first, ...others] = read;
  return first && mergeDayEvents(first, others).events;
}
