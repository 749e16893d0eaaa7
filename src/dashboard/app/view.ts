import {
  COMPARISONS as KINDS,
  type Metric,
  TIME_UNITS,
  type TimeUnit,
} from "../../reporting/query/report-query.ts";
import { chipText, type FilterChip, parseChip } from "../report/filter-chip.ts";
import { type Period, parsePeriod, periodText } from "../report/period.ts";

export const CHART_METRICS = [
  "visitors",
  "visits",
  "pageviews",
  "views_per_visit",
  "bounce_rate",
  "visit_duration",
] as const satisfies readonly Metric[];
export type ChartMetric = (typeof CHART_METRICS)[number];

export const COMPARISONS = ["none", ...KINDS] as const;
export type ComparedWith = (typeof COMPARISONS)[number];

/** All that a page shows follows from this, and this from its URL. */
export interface View {
  /** Empty: all of them, or the only one. */
  readonly site: string;
  /** Absent: `defaultPeriod` of the site. */
  readonly period?: Period | undefined;
  readonly compare: ComparedWith;
  /** Absent: the first that `unitsFor` has. */
  readonly unit?: TimeUnit | undefined;
  readonly metric: ChartMetric;
  /** Whether days are those of the viewer's time zone, not of the site's. */
  readonly isOwnZone: boolean;
  readonly filters: readonly FilterChip[];
  /** The dimension of the list that is open as a whole. */
  readonly details?: string | undefined;
  /** Whether a site is being added. */
  readonly isAdding: boolean;
}

export const DEFAULT_VIEW: View = {
  site: "",
  compare: "previous_period",
  metric: "visitors",
  isOwnZone: false,
  filters: [],
  isAdding: false,
};

export function parseView(search: string): View {
  const parameters = new URLSearchParams(search);
  const unit = TIME_UNITS.find((each) => each === parameters.get("by"));
  const period = parsePeriod(parameters.get("period"));
  const details = parameters.get("details");
  return {
    site: parameters.get("site") ?? "",
    ...(period && { period }),
    compare: COMPARISONS.find((each) => each === parameters.get("compare")) ?? DEFAULT_VIEW.compare,
    ...(unit && { unit }),
    metric: CHART_METRICS.find((each) => each === parameters.get("metric")) ?? DEFAULT_VIEW.metric,
    isOwnZone: parameters.get("zone") === "own",
    filters: parameters
      .getAll("f")
      .map(parseChip)
      .filter((chip) => chip !== undefined),
    ...(details && { details }),
    isAdding: parameters.has("add"),
  };
}

/** The inverse of `parseView`. Without what is the default, so that links are short. */
export function viewSearch(view: View): string {
  const parameters = new URLSearchParams();
  if (view.site !== "") parameters.set("site", view.site);
  if (view.period !== undefined) parameters.set("period", periodText(view.period));
  if (view.compare !== DEFAULT_VIEW.compare) parameters.set("compare", view.compare);
  if (view.unit !== undefined) parameters.set("by", view.unit);
  if (view.metric !== DEFAULT_VIEW.metric) parameters.set("metric", view.metric);
  if (view.isOwnZone) parameters.set("zone", "own");
  for (const chip of view.filters) parameters.append("f", chipText(chip));
  if (view.details !== undefined) parameters.set("details", view.details);
  if (view.isAdding) parameters.set("add", "");
  return `?${parameters}`;
}
