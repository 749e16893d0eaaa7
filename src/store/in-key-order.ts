import type { AnalyticsEvent } from "../event/event.ts";

/** Sorts by UTF-16 code units. Sorting the keys alone, without a comparator, takes half the time. */
export function inKeyOrder<Value>(byKey: ReadonlyMap<string, Value>): [string, Value][] {
  const entries: [string, Value][] = [];
  for (const key of [...byKey.keys()].toSorted()) {
    const value = byKey.get(key);
    if (value !== undefined) entries.push([key, value]);
  }
  return entries;
}

/** Keeps the first event of each key. */
export function distinctInOrder<E extends AnalyticsEvent>(events: readonly E[]): E[] {
  const sites = new Map<string, Map<string, E>>();
  for (const event of events) {
    const ofSite = sites.getOrInsertComputed(event.siteId, () => new Map<string, E>());
    if (!ofSite.has(event.eventId)) ofSite.set(event.eventId, event);
  }
  return inKeyOrder(sites).flatMap(([, ofSite]) => inKeyOrder(ofSite).map(([, event]) => event));
}

/** Joins a site with one of its events or days. Neither part can contain NUL. */
export function siteKey(siteId: string, key: string): string {
  return `${siteId}\0${key}`;
}
