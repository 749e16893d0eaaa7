/** A question about one site, as a client asks it. `planReport` makes it concrete. */
export interface ReportQuery {
  readonly siteId: string;
  /** One to all, without repetition. */
  readonly metrics: readonly Metric[];
  /** At most one of time and two others. */
  readonly dimensions: readonly Dimension[];
  readonly dateRange: DateRange;
  /** An IANA name. Absent means the site's. */
  readonly timeZone?: string;
  readonly filter?: Filter;
  readonly include: Include;
  readonly orderBy: readonly Order[];
  readonly limit: number;
  readonly offset: number;
}

export const METRICS = [
  "visitors",
  "visits",
  "pageviews",
  "events",
  "views_per_visit",
  "bounce_rate",
  "visit_duration",
  "time_on_page",
  "percentage",
  "conversions",
  "conversion_rate",
  "revenue",
] as const;
export type Metric = (typeof METRICS)[number];

/** The first event of a visit with any of the source, referrer and UTM fields gives all of them. */
export const VISIT_FIELDS = [
  "entry_page",
  "exit_page",
  "source",
  "channel",
  "referrer",
  "utm_source",
  "utm_medium",
  "utm_campaign",
  "utm_term",
  "utm_content",
  "country",
  "device",
  "browser",
  "os",
  "screen",
  "language",
] as const;
export type VisitField = (typeof VISIT_FIELDS)[number];

export const TIME_UNITS = ["minute", "hour", "day", "week", "month"] as const;
export type TimeUnit = (typeof TIME_UNITS)[number];

export type PropertyDimension = `event:props:${string}`;
export type EventDimension =
  | "event:name"
  | "event:page"
  | "event:hostname"
  | "event:goal"
  | "event:prop_names"
  | PropertyDimension;
export type VisitDimension = `visit:${VisitField}`;
export type TimeDimension = `time:${TimeUnit}`;
export type Dimension = EventDimension | VisitDimension | TimeDimension;

/** What a filter can look at. A plan has no `event:goal` in its filters: the goals' own filters stand in its place. */
export type FilterDimension = EventDimension | VisitDimension | "event:session_id";

export const OPERATORS = [
  "is",
  "is_not",
  "contains",
  "contains_not",
  "matches_glob",
  "matches_glob_not",
] as const;
export type Operator = (typeof OPERATORS)[number];

export type Filter =
  | { readonly kind: "and" | "or"; readonly filters: readonly Filter[] }
  | { readonly kind: "not"; readonly filter: Filter }
  /** Whether any event of the visit passes. */
  | { readonly kind: "has_done" | "has_not_done"; readonly filter: Filter }
  | MatchFilter
  /** Any of the site's segments. A plan has none: their own filters stand in their place. */
  | { readonly kind: "segment"; readonly names: readonly string[] };

export interface MatchFilter {
  readonly kind: "match";
  readonly operator: Operator;
  readonly dimension: FilterDimension;
  /** An empty text means null. */
  readonly values: readonly (string | null)[];
  readonly isCaseSensitive: boolean;
}

export const PRESETS = [
  "day",
  "24h",
  "7d",
  "28d",
  "30d",
  "91d",
  "month",
  "6mo",
  "12mo",
  "year",
  "all",
] as const;
export type Preset = (typeof PRESETS)[number];

export type DateRange =
  | { readonly kind: "preset"; readonly preset: Preset }
  | DatesRange
  /** `toMs` is exclusive. */
  | { readonly kind: "instants"; readonly fromMs: number; readonly toMs: number };

/** Local dates YYYY-MM-DD, both inclusive. */
export interface DatesRange {
  readonly kind: "dates";
  readonly from: string;
  readonly to: string;
}

export interface Include {
  readonly compare?: Comparison;
  readonly timeLabels: boolean;
  readonly totalRows: boolean;
}

/** Those that follow from the range itself. */
export const COMPARISONS = ["previous_period", "same_weekdays", "year_over_year"] as const;
export type Comparison = { readonly kind: (typeof COMPARISONS)[number] } | DatesRange;

export interface Order {
  readonly by: Metric | Dimension;
  readonly direction: "asc" | "desc";
}

/** What the owner of a site has set and a plan needs. */
export interface SiteSettings {
  readonly timeZone: string;
  readonly pageViewTypes: readonly string[];
  readonly goals: readonly Goal[];
  readonly segments: readonly Segment[];
  /** Names of those that another version has written and this one cannot read; absent without any. */
  readonly unreadable?: { readonly goals: readonly string[]; readonly segments: readonly string[] };
}

/** An event that passes the filter is a conversion. */
export interface Goal {
  readonly name: string;
  /** Without `event:goal`, `segment`, `has_done` and `has_not_done`. */
  readonly filter: Filter;
  readonly revenue?: Revenue;
}

export interface Revenue {
  /** The property with the amount: a number, or a text of one. */
  readonly amountProperty: string;
  /** The property with the currency, or the currency of all events. */
  readonly currency: { readonly property: string } | { readonly code: string };
}

export interface Segment {
  readonly name: string;
  /** Without `segment`. */
  readonly filter: Filter;
}

/** What a fold computes: instants in place of dates, filters in place of names. */
export interface ReportPlan {
  readonly siteId: string;
  readonly metrics: readonly Metric[];
  readonly dimensions: readonly Dimension[];
  /** All filters, with those of the goals that the query asks for. */
  readonly filter?: Filter;
  /** The filters without the goals, which the visitors that `conversion_rate` divides by pass. */
  readonly filterBesideGoals?: Filter;
  /** Those that a filter by `event:goal` names, otherwise all of the site. */
  readonly goals: readonly Goal[];
  readonly range: TimeRange;
  readonly buckets?: TimeBuckets;
  /** Rows correspond by the place of their time bucket and their other dimensions. */
  readonly comparison?: { readonly range: TimeRange; readonly buckets?: TimeBuckets };
  readonly timeZone: string;
  readonly pageViewTypes: ReadonlySet<string>;
  readonly include: Include;
  readonly orderBy: readonly Order[];
  readonly limit: number;
  readonly offset: number;
}

/** Milliseconds since 1970; `toMs` is exclusive. Both are equal for a day that the zone skipped. */
export interface Interval {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface TimeRange extends Interval {
  /** Parts of other dates, where clocks went back past midnight, as in St. John's on 2010-11-07. Almost always empty. */
  readonly gaps: readonly Interval[];
}

/** An event at `t` is in the last piece whose start is at most `t`. */
export interface TimeBuckets {
  /** Ascending, without repetition; the first is at most the range's `fromMs`. */
  readonly starts: readonly number[];
  /** Of each piece the place of its label, or -1 for a gap and after the end of the series. */
  readonly rows: readonly number[];
  /** In order of time. Some may have no piece: days that the zone skipped. */
  readonly labels: readonly string[];
}
