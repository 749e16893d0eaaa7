import type { AnalyticsEvent } from "../../event/event.ts";

/** Views to add to a path of a site's day. */
export interface PathViews {
  readonly path: string;
  readonly views: number;
}

/** What a batch adds to a site's day; `date` is a UTC day, `YYYY-MM-DD`. */
export interface SiteDayRollup {
  readonly siteId: string;
  readonly date: string;
  readonly views: number;
  readonly users: readonly string[];
  readonly paths: readonly PathViews[];
}

/**
 * What a batch adds to the rollups. Each list holds a key once (a second one in the same upsert is
 * SQLSTATE 21000) and is in one total order, so that concurrent batches lock rows in the same
 * sequence and cannot deadlock.
 */
export type Rollup = readonly SiteDayRollup[];

/**
 * Folds events, each counted once by its caller, into what they add to the rollups. Keys are compared within their
 * site's day, and never joined into longer ones: it takes half of the time.
 */
export function rollupOf(events: readonly AnalyticsEvent[]): Rollup {
  return inKeyOrder(bySiteAndDay(events)).flatMap(([siteId, days]) =>
    inKeyOrder(days).map(([date, { users, paths, views }]) => ({
      siteId,
      date,
      views,
      users: [...users].toSorted(),
      paths: inKeyOrder(paths).map(([path, viewsOfPath]) => ({ path, views: viewsOfPath })),
    })),
  );
}

interface SiteDay {
  readonly users: Set<string>;
  readonly paths: Map<string, number>;
  views: number;
}

function bySiteAndDay(events: readonly AnalyticsEvent[]): Map<string, Map<string, SiteDay>> {
  const sites = new Map<string, Map<string, SiteDay>>();
  for (const { siteId, path, userId, timestamp } of events) {
    const date = timestamp.slice(0, 10);
    const days = getOrMake(sites, siteId, () => new Map<string, SiteDay>());
    const day = getOrMake(days, date, () => ({ users: new Set(), paths: new Map(), views: 0 }));
    day.users.add(userId);
    day.paths.set(path, (day.paths.get(path) ?? 0) + 1);
    day.views += 1;
  }
  return sites;
}

/** Events without the repeats of a key, the first of each kept, in the order of `(site_id, event_id)`. */
export function distinctInOrder<E extends AnalyticsEvent>(events: readonly E[]): E[] {
  const sites = new Map<string, Map<string, E>>();
  for (const event of events) {
    const ofSite = getOrMake(sites, event.siteId, () => new Map<string, E>());
    if (!ofSite.has(event.eventId)) ofSite.set(event.eventId, event);
  }
  return inKeyOrder(sites).flatMap(([, ofSite]) => inKeyOrder(ofSite).map(([, event]) => event));
}

/** What makes an event itself: its site and its id, joined by a NUL that neither can contain. */
export function eventKey(siteId: string, eventId: string): string {
  return `${siteId}\0${eventId}`;
}

function getOrMake<Value>(map: Map<string, Value>, key: string, make: () => Value): Value {
  const found = map.get(key);
  if (found !== undefined) return found;
  const made = make();
  map.set(key, made);
  return made;
}

/** Keys alone are sorted, by their UTF-16 code units: a comparison of our own takes twice the time. */
function inKeyOrder<Value>(byKey: ReadonlyMap<string, Value>): [string, Value][] {
  const rows: [string, Value][] = [];
  for (const key of [...byKey.keys()].toSorted()) {
    const value = byKey.get(key);
    if (value !== undefined) rows.push([key, value]);
  }
  return rows;
}
