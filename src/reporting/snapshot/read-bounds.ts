import { DAY_MS } from "../../event/day.ts";
import type { SiteSnapshot } from "./site-snapshot.ts";

/** The instants of a site's first and last event, in milliseconds since 1970. */
export interface EventBounds {
  readonly firstMs: number;
  readonly lastMs: number;
}

/** Returns undefined for a site without events. The whole day counts where its events are gone. */
export async function readBounds({
  firstDate,
  lastDate,
  readDay,
}: Pick<SiteSnapshot, "firstDate" | "lastDate" | "readDay">): Promise<EventBounds | undefined> {
  if (firstDate === undefined || lastDate === undefined) return undefined;
  const first = await readDay(firstDate);
  const last = lastDate === firstDate ? first : await readDay(lastDate);
  return {
    firstMs: Date.parse(firstDate) + (first?.events.times.at(0) ?? 0),
    lastMs: Date.parse(lastDate) + (last?.events.times.at(-1) ?? DAY_MS - 1),
  };
}
