import type { Metric } from "../../../../src/reporting/query/report-query.ts";
import type { Amount, AnswerRow, Value } from "./answer.ts";
import {
  type Asked,
  eventRows,
  type Row,
  revenueRows,
  visitorRows,
  visitRows,
} from "./oracle-rows.ts";

const VISIT_METRICS: ReadonlySet<Metric> = new Set([
  "visits",
  "views_per_visit",
  "bounce_rate",
  "visit_duration",
]);

export interface Folded {
  /** In no order: those of events if a metric of events is asked for, and those of visits likewise. */
  readonly rows: readonly AnswerRow[];
  /** Returns the metrics of a row that may have neither events nor visits. */
  readonly metricsAt: (dimensions: AnswerRow["dimensions"]) => readonly Value[];
}

/** Returns the rows of a question in its span. */
export async function foldRows(asked: Asked): Promise<Folded> {
  const { metrics, dimensions } = asked.query;
  const keyOf = (row: Row) => JSON.stringify(dimensions.map((_, place) => row[`d${place}`]));
  const indexed = (rows: readonly Row[]) => new Map(rows.map((row) => [keyOf(row), row]));

  const asksEvents = metrics.some((metric) => !VISIT_METRICS.has(metric));
  const asksVisits = metrics.some((metric) => VISIT_METRICS.has(metric));
  const events = indexed(asksEvents ? await eventRows(asked, dimensions) : []);
  const visits = indexed(asksVisits ? await visitRows(asked, dimensions) : []);
  const revenue = metrics.includes("revenue") ? await revenueRows(asked, dimensions) : [];
  const visitorsOf = await denominators(asked);

  const metricsAt = (row: AnswerRow["dimensions"]) => {
    const key = JSON.stringify(row);
    const sums = { ...ZERO, ...events.get(key), ...visits.get(key) };
    const amounts = revenue
      .filter((each) => keyOf(each) === key)
      .map((each) => ({ currency: String(each["currency"]), value: String(each["amount"]) }))
      .toSorted((a, b) => (a.currency < b.currency ? -1 : 1));
    const facts = { sums, amounts, visitors: visitorsOf(row) };
    return metrics.map((metric) => valueOf(metric, facts));
  };
  const keys = new Set([...events.keys(), ...visits.keys()]);
  const rows = [...keys].map((key) => {
    const row = JSON.parse(key) as (string | null)[];
    return { dimensions: row, metrics: metricsAt(row) };
  });
  return { rows, metricsAt };
}

const ZERO = {
  events: 0,
  visitors: 0,
  pageviews: 0,
  conversions: 0,
  converted: 0,
  time_on_page: null,
  visits: 0,
  bounce_rate: null,
  visit_duration: null,
  views_per_visit: null,
};

/** Returns by what `percentage` and `conversion_rate` of a row divide. */
async function denominators(asked: Asked) {
  const { metrics, dimensions } = asked.query;
  const [all] = metrics.includes("percentage") ? await eventRows(asked, []) : [];
  const places = dimensions.flatMap((dimension, place) =>
    dimension === "event:goal" ? [] : [{ dimension, place }],
  );
  const besideGoals = metrics.includes("conversion_rate")
    ? await visitorRows(
        asked,
        places.map(({ dimension }) => dimension),
      )
    : [];
  return (row: AnswerRow["dimensions"]) => ({
    all: Number(all?.["visitors"] ?? 0),
    besideGoals: Number(
      besideGoals.find((other) =>
        places.every(({ place }, index) => other[`d${index}`] === row[place]),
      )?.["visitors"] ?? 0,
    ),
  });
}

interface RowFacts {
  readonly sums: typeof ZERO & Row;
  readonly visitors: { readonly all: number; readonly besideGoals: number };
  readonly amounts: readonly Amount[];
}

function valueOf(metric: Metric, { sums, visitors, amounts }: RowFacts): Value {
  if (metric === "revenue") return amounts;
  if (metric === "percentage") return rate(sums.visitors, visitors.all);
  if (metric === "conversion_rate") return rate(sums.converted, visitors.besideGoals);
  return sums[metric];
}

/** Per cent with two decimals, rounded half up. */
function rate(part: number, whole: number): number | null {
  if (whole === 0) return null;
  return Math.floor((part * 20_000 + whole) / (2 * whole)) / 100;
}
