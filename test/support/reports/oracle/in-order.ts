import type { Order, ReportQuery } from "../../../../src/reporting/query/report-query.ts";
import type { AnswerRow } from "./answer.ts";

/**
 * Sorts rows as asked; ties follow time, then the bytes of the other dimensions. `labels` are in order of time, which labels of
 * hours do not show: a clock that goes back begins an hour in the middle. Dates need none. Rows that only a longer compared series
 * has come after all others.
 */
export function inOrder(
  rows: readonly AnswerRow[],
  query: ReportQuery,
  labels: readonly string[],
  comparedLabels: readonly string[] = [],
): readonly AnswerRow[] {
  const timePlaces = new Map(labels.map((label, place) => [label, place]));
  const comparedPlaces = new Map(comparedLabels.map((label, place) => [label, place]));
  const placeOf = ({ dimensions: keys, comparison }: AnswerRow, label: string | null) =>
    label === null && keys.length === 1
      ? (comparedPlaces.get(comparison?.dimensions[0] ?? "") ?? 0)
      : (timePlaces.get(label ?? "") ?? 0);
  const compareTexts = (a: string, b: string) => (a < b ? -1 : Number(a > b));

  const { dimensions, metrics } = query;
  const time = dimensions.filter((dimension) => dimension.startsWith("time:"));
  const ties = [...time, ...dimensions].map((by): Order => ({ by, direction: "asc" }));
  // Amounts of several currencies have no order.
  const numbers = metrics.filter((metric) => metric !== "revenue");
  const byMetric = numbers.slice(0, 1).map((by): Order => ({ by, direction: "desc" }));
  const byDefault = [...time.map((by): Order => ({ by, direction: "asc" })), ...byMetric];
  const asked = query.orderBy.length > 0 ? query.orderBy : byDefault;
  const orders = [...asked, ...ties].map(({ by, direction }) => ({
    place: [...query.dimensions, ...query.metrics].indexOf(by),
    isTime: by.startsWith("time:"),
    sign: direction === "asc" ? 1 : -1,
  }));
  return rows.toSorted((a, b) => {
    for (const { place, isTime, sign } of orders) {
      const metric = place - dimensions.length;
      const [x = null, y = null] = [a.dimensions[place], b.dimensions[place]];
      const order =
        metric >= 0
          ? compareValues(numberAt(a, metric), numberAt(b, metric), sign)
          : sign *
            (isTime
              ? placeOf(a, x) - placeOf(b, y) || compareTexts(x ?? "", y ?? "")
              : compareBytes(x ?? "", y ?? ""));
      if (order !== 0) return order;
    }
    return 0;
  });
}

/** None is compared as an empty text. */
function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function numberAt({ metrics }: AnswerRow, place: number): number | null {
  const value = metrics[place];
  return typeof value === "number" ? value : null;
}

/** None comes last in both directions. */
function compareValues(a: number | null, b: number | null, sign: number): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  return sign * (a - b);
}
