import { DIMENSION_NAMES, isTimeDimension, parseDimension } from "./dimensions.ts";
import type { Problems } from "./problems.ts";
import { type Dimension, METRICS, type Metric, type Order } from "./report-query.ts";

const OTHER_DIMENSIONS_MAX = 2;
const NO_ORDER = "whose amounts of several currencies have no order";

export function parseMetrics(value: unknown, problems: Problems): Metric[] {
  if (!Array.isArray(value) || value.length === 0) {
    problems.expect("metrics", `an array of ${METRICS.join(", ")}`, value);
    return [];
  }
  return distinct(value.slice(0, METRICS.length + 1), "metrics", problems, (each, path) => {
    const metric = METRICS.find((name) => name === each);
    if (metric === undefined) problems.expect(path, `one of ${METRICS.join(", ")}`, each);
    return metric;
  });
}

export function parseDimensions(value: unknown, problems: Problems): Dimension[] {
  if (!Array.isArray(value)) {
    problems.expect("dimensions", "an array of dimensions", value);
    return [];
  }
  const most = OTHER_DIMENSIONS_MAX + 1;
  const dimensions = distinct(value.slice(0, most + 1), "dimensions", problems, (each, path) => {
    const dimension = parseDimension(each);
    if (dimension === undefined)
      problems.expect(path, `one of ${DIMENSION_NAMES.join(", ")}`, each);
    return dimension;
  });
  const times = dimensions.filter(isTimeDimension).length;
  if (times > 1 || dimensions.length - times > OTHER_DIMENSIONS_MAX) {
    const others = dimensions.length - times;
    problems.add(
      "dimensions",
      `Expected dimensions to have at most one of time and ${OTHER_DIMENSIONS_MAX} others, got ${times} and ${others}`,
    );
  }
  return dimensions;
}

export function parseOrderBy(
  value: unknown,
  asked: { metrics: readonly Metric[]; dimensions: readonly Dimension[]; problems: Problems },
): Order[] {
  const { problems } = asked;
  const columns = [...asked.metrics.filter(isNumber), ...asked.dimensions];
  const isEmpty = Array.isArray(value) && value.length === 0;
  if (columns.length === 0 && !isEmpty) {
    problems.expect("order_by", `absent where revenue is the only column, ${NO_ORDER}`, value);
    return [];
  }
  if (!Array.isArray(value) || value.length > columns.length) {
    const expected = `an array of at most ${columns.length} pairs of a name and asc or desc`;
    problems.expect("order_by", expected, value);
    return [];
  }
  if (value.length === 0) return defaultOrder(asked);
  const order: Order[] = [];
  for (const [i, each] of value.entries()) {
    const path = `order_by[${i}]`;
    const [name, direction] = Array.isArray(each) && each.length === 2 ? each : [];
    const by = columns.find((column) => column === name);
    if (name === "revenue" && asked.metrics.includes(name)) {
      problems.expect(path, `by another column than revenue, ${NO_ORDER}`, name);
    } else if (by === undefined || (direction !== "asc" && direction !== "desc")) {
      const came = by === undefined ? name : direction;
      const expected = `a pair of one of ${columns.join(", ")} and asc or desc`;
      problems.expect(path, expected, Array.isArray(each) ? came : each);
    } else if (order.some((other) => other.by === by)) {
      problems.expect(path, "by another column than those before", by);
    } else order.push({ by, direction });
  }
  return order;
}

/** Time comes first, then the rows with most of the first metric. */
function defaultOrder(asked: {
  metrics: readonly Metric[];
  dimensions: readonly Dimension[];
}): Order[] {
  const metric = asked.metrics.find(isNumber);
  return [
    ...asked.dimensions.filter(isTimeDimension).map((by) => ({ by, direction: "asc" }) as const),
    ...(metric === undefined ? [] : [{ by: metric, direction: "desc" } as const]),
  ];
}

/** Returns the items that `parse` reads, and names those that occur again. */
function distinct<Item extends string>(
  items: readonly unknown[],
  path: string,
  problems: Problems,
  parse: (item: unknown, path: string) => Item | undefined,
): Item[] {
  const known = new Set<Item>();
  for (const [i, each] of items.entries()) {
    const item = parse(each, `${path}[${i}]`);
    if (item === undefined) continue;
    if (known.has(item)) problems.expect(`${path}[${i}]`, "different from the others", each);
    known.add(item);
  }
  return [...known];
}

/** Amounts of several currencies have no order. */
function isNumber(metric: Metric): boolean {
  return metric !== "revenue";
}
