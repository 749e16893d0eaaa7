import type { Metric } from "../../reporting/query/report-query.ts";

/** A list of a dimension's values. */
export interface ListSpec {
  readonly dimension: string;
  /** The first orders the rows and draws their bars. */
  readonly metrics: readonly Metric[];
  /** Also shown when the whole list is open. */
  readonly detailMetrics: readonly Metric[];
}

export interface ListGroup {
  readonly name: "sources" | "pages" | "places" | "devices" | "events";
  readonly lists: readonly ListSpec[];
  /** Behind a menu, since few look at them. */
  readonly more?: readonly ListSpec[];
}

const ofVisits: Pick<ListSpec, "metrics" | "detailMetrics"> = {
  metrics: ["visitors"],
  detailMetrics: ["visitors", "percentage", "visits", "bounce_rate", "visit_duration"],
};
const ofVisit = (field: string): ListSpec => ({ dimension: `visit:${field}`, ...ofVisits });

export const LIST_GROUPS: readonly ListGroup[] = [
  {
    name: "sources",
    lists: ["channel", "source", "referrer", "utm_campaign"].map(ofVisit),
    more: ["utm_source", "utm_medium", "utm_content", "utm_term"].map(ofVisit),
  },
  {
    name: "pages",
    lists: [
      {
        dimension: "event:page",
        metrics: ["visitors"],
        detailMetrics: ["visitors", "percentage", "pageviews", "time_on_page"],
      },
      ofVisit("entry_page"),
      ofVisit("exit_page"),
      {
        dimension: "event:hostname",
        metrics: ["visitors"],
        detailMetrics: ["visitors", "percentage", "pageviews"],
      },
    ],
  },
  { name: "places", lists: ["country", "language"].map(ofVisit) },
  { name: "devices", lists: ["browser", "os", "device", "screen"].map(ofVisit) },
  {
    name: "events",
    lists: [
      {
        dimension: "event:name",
        metrics: ["visitors", "events"],
        detailMetrics: ["visitors", "percentage", "events"],
      },
      {
        dimension: "event:goal",
        metrics: ["visitors", "conversions", "conversion_rate", "revenue"],
        detailMetrics: ["visitors", "conversions", "conversion_rate", "revenue"],
      },
    ],
  },
];

const PROPERTY = "event:props:";

export function propertyList(key: string): ListSpec {
  return {
    dimension: `${PROPERTY}${key}`,
    metrics: ["visitors", "events"],
    detailMetrics: ["visitors", "percentage", "events"],
  };
}

/** Returns the list of a dimension that a URL names. */
export function listOf(dimension: string): ListSpec | undefined {
  if (dimension.startsWith(PROPERTY)) return propertyList(dimension.slice(PROPERTY.length));
  return LIST_GROUPS.flatMap(({ lists, more = [] }) => [...lists, ...more]).find(
    (list) => list.dimension === dimension,
  );
}
