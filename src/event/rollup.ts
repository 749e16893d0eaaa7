import type { AnalyticsEvent } from "./event.ts";

/** A user who was seen on a site's day. */
export interface UserSeen {
  readonly siteId: string;
  readonly date: string;
  readonly userId: string;
}

/** Views to add to a path of a site's day. */
export interface PathViews {
  readonly siteId: string;
  readonly date: string;
  readonly path: string;
  readonly views: number;
}

/** Views to add to a site's day. */
export interface SiteViews {
  readonly siteId: string;
  readonly date: string;
  readonly views: number;
}

/**
 * What a batch adds to the rollups. Each list holds a key once (a second one in the same upsert is
 * SQLSTATE 21000) and is in one total order, so that concurrent batches lock rows in the same
 * sequence and cannot deadlock. `date` is a UTC day, `YYYY-MM-DD`.
 */
export interface Rollup {
  readonly usersSeen: readonly UserSeen[];
  readonly pathViews: readonly PathViews[];
  readonly siteViews: readonly SiteViews[];
}

/** Folds events, each counted once by its caller, into what they add to the rollups. */
export function rollupOf(events: readonly AnalyticsEvent[]): Rollup {
  const usersSeen = new Map<string, UserSeen>();
  const pathViews = new Map<
    string,
    { siteId: string; date: string; path: string; views: number }
  >();
  const siteViews = new Map<string, { siteId: string; date: string; views: number }>();
  for (const { siteId, path, userId, timestamp } of events) {
    const date = timestamp.slice(0, 10);
    const siteKey = `${siteId}\0${date}`;
    const userKey = `${siteKey}\0${userId}`;
    const pathKey = `${siteKey}\0${path}`;
    if (!usersSeen.has(userKey)) usersSeen.set(userKey, { siteId, date, userId });
    const pathRow = pathViews.get(pathKey);
    if (pathRow === undefined) pathViews.set(pathKey, { siteId, date, path, views: 1 });
    else pathRow.views += 1;
    const siteRow = siteViews.get(siteKey);
    if (siteRow === undefined) siteViews.set(siteKey, { siteId, date, views: 1 });
    else siteRow.views += 1;
  }
  return {
    usersSeen: inKeyOrder(usersSeen),
    pathViews: inKeyOrder(pathViews),
    siteViews: inKeyOrder(siteViews),
  };
}

/** Events without the repeats of a key, the first of each kept, in the order of `(site_id, event_id)`. */
export function distinctInOrder<E extends AnalyticsEvent>(events: readonly E[]): E[] {
  const byKey = new Map<string, E>();
  for (const event of events) {
    const key = eventKey(event.siteId, event.eventId);
    if (!byKey.has(key)) byKey.set(key, event);
  }
  return inKeyOrder(byKey);
}

/** What makes an event itself: its site and its id, joined by a NUL that neither can contain. */
export function eventKey(siteId: string, eventId: string): string {
  return `${siteId}\0${eventId}`;
}

function inKeyOrder<Row>(byKey: ReadonlyMap<string, Row>): Row[] {
  return [...byKey].toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, row]) => row);
}
