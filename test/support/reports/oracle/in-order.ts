import type { Order, ReportQuery } from "../../../../src/reporting/query/report-query.ts";
import type { AnswerRow } from "./answer.ts";

/** Sorts rows as asked; ties follow time, then the bytes of the other dimensions. */
export function inOrder(rows: readonly AnswerRow[], query: ReportQuery): readonly AnswerRow[] {
  const { dimensions, metrics } = query;
  const time = dimensions.filter((dimension) => dimension.startsWith("time:"));
  const ties = [...time, ...dimensions].map((by): Order => ({ by, direction: "asc" }));
  const byMetric = metrics.slice(0, 1).map((by): Order => ({ by, direction: "desc" }));
  const byDefault = [...time.map((by): Order => ({ by, direction: "asc" })), ...byMetric];
  const asked = query.orderBy.length > 0 ? query.orderBy : byDefault;
  const orders = [...asked, ...ties].map(({ by, direction }) => ({
    place: [...query.dimensions, ...query.metrics].indexOf(by),
    isTime: by.startsWith("time:"),
    sign: direction === "asc" ? 1 : -1,
  }));
  const valueAt = (row: AnswerRow, place: number) => [...row.dimensions, ...row.metrics][place];
  return rows.toSorted((a, b) => {
    for (const { place, isTime, sign } of orders) {
      const [x, y] = [valueAt(a, place), valueAt(b, place)];
      const order =
        place < query.dimensions.length
          ? sign * compareLabels(x as string | null, y as string | null, isTime)
          : compareValues(x as number | null, y as number | null, sign);
      if (order !== 0) return order;
    }
    return 0;
  });
}

/** None comes first, as an empty text would. Hours of two offsets are in order of time. */
function compareLabels(a: string | null, b: string | null, isTime: boolean): number {
  if (isTime && a !== null && b !== null) return Date.parse(a) - Date.parse(b);
  return Buffer.compare(Buffer.from(a ?? ""), Buffer.from(b ?? ""));
}

/** None comes last in both directions. */
function compareValues(a: number | null, b: number | null, sign: number): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  return sign * (a - b);
}
