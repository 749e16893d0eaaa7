import type { AnalyticsEvent } from "../../event/event.ts";
import { siteKey } from "../in-key-order.ts";

/** One row for each value of `key` among the events of a site's UTC day. */
export interface Rollup {
  /** Names one row in the output of `verify` and `rebuild`. */
  readonly kind: string;
  readonly table: string;
  /** `sql` is an expression over `events`. */
  readonly key: {
    readonly column: string;
    readonly sql: string;
    readonly of: (event: AnalyticsEvent) => string;
  };
  /** The column that counts events. Without one, a row only records that the value occurred. */
  readonly views?: string;
  /** Whether the table has the column `floor` of `top-paths/`. */
  readonly hasFloor?: boolean;
}

/** A site's UTC day, `YYYY-MM-DD`. */
export interface SiteDate {
  readonly siteId: string;
  readonly date: string;
}

export function siteDateKey({ siteId, date }: SiteDate): string {
  return siteKey(siteId, date);
}
