import type { AnalyticsEvent } from "../../event/event.ts";
import { inKeyOrder } from "../in-key-order.ts";

/** Returns the first event of each key, sorted by site and event id. */
export function distinctInOrder<E extends AnalyticsEvent>(events: readonly E[]): E[] {
  const sites = new Map<string, Map<string, E>>();
  for (const event of events) {
    const ofSite = sites.getOrInsertComputed(event.siteId, () => new Map<string, E>());
    if (!ofSite.has(event.eventId)) ofSite.set(event.eventId, event);
  }
  return inKeyOrder(sites).flatMap(([, ofSite]) => inKeyOrder(ofSite).map(([, event]) => event));
}

/** A string that identifies an event; neither part can contain NUL. */
export function eventKey(siteId: string, eventId: string): string {
  return `${siteId}\0${eventId}`;
}
