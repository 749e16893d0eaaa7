import type { Sql } from "postgres";
import type { SiteSearch } from "./known-sites.ts";
import type { ReadableSite } from "./list-readable-sites.ts";

/** `visitors` adds up those of each UTC day. */
export const OVERVIEW_ORDERS = ["events", "visitors", "growth", "name"] as const;

export interface OverviewQuestion extends Pick<SiteSearch, "only" | "search"> {
  /** UTC days, both included. */
  readonly from: string;
  readonly to: string;
  /** Where the period of the same length before it begins. */
  readonly beforeFrom: string;
  readonly orderBy: (typeof OVERVIEW_ORDERS)[number];
  readonly isDescending: boolean;
  readonly limit: number;
  readonly offset: number;
}

export interface OverviewSite extends ReadableSite {
  readonly events: number;
  readonly eventsBefore: number;
  /** Users of each UTC day with events, and which day it is, 0 for the first of the period. */
  readonly days: readonly (readonly [day: number, users: number])[];
}

export interface SitesOverview {
  readonly sites: readonly OverviewSite[];
  /** Of which `sites` are a page. */
  readonly total: number;
  /** Whether sites lie on several servers, so that their sums may be of different moments. */
  readonly isDistributed: boolean;
}

export function overviewOrder(sql: Sql, { orderBy, isDescending }: OverviewQuestion) {
  const direction = isDescending ? sql`DESC` : sql`ASC`;
  switch (orderBy) {
    case "events":
      return sql`events ${direction}, site_id`;
    case "visitors":
      return sql`visitors ${direction}, events ${direction}, site_id`;
    case "growth":
      // Without events before there is no growth to compare.
      return sql`events / nullif(events_before, 0) ${direction} NULLS LAST, events DESC, site_id`;
    case "name":
      return sql`lower(coalesce(nullif(name, ''), site_id)) ${direction}, site_id`;
  }
}
