import type { AnalyticsEvent } from "../../event/event.ts";

/** A table kept with the raw rows: one row for each value of `key` among the events of a site's UTC day. */
export interface Rollup {
  /** Names one row in the output of `verify` and `rebuild`. */
  readonly kind: string;
  readonly table: string;
  /** The key column beside `site_id` and `date`, and its value as an expression over `events` and from an event. */
  readonly key: {
    readonly column: string;
    readonly sql: string;
    readonly of: (event: AnalyticsEvent) => string;
  };
  /** The column that counts the events. A rollup without one records only that the value occurred. */
  readonly views?: string;
  /** Whether the table has the column `floor` of `top-paths/`. */
  readonly hasFloor?: boolean;
}

/** A site's UTC day, `YYYY-MM-DD`. */
export interface SiteDate {
  readonly siteId: string;
  readonly date: string;
}

/** A string that identifies a site's day; neither part can contain NUL. */
export function siteDateKey({ siteId, date }: SiteDate): string {
  return `${siteId}\0${date}`;
}
