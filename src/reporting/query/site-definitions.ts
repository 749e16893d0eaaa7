import { LABEL_BYTES_MAX, PROPERTY_NAME_BYTES_MAX } from "../../event/limits.ts";
import { textProblem } from "../../event/text-field.ts";
import { type FilterJson, filtersToJson } from "./filter/filter-to-json.ts";
import { type Holder, parseFilters } from "./filter/parse-filters.ts";
import { withKnownKeys } from "./known-keys.ts";
import { Problems } from "./problems.ts";
import type { Filter, Goal, Revenue, Segment } from "./report-query.ts";

const CURRENCY = /^[A-Z]{3}$/;

type Invalid = {
  readonly kind: "invalid";
  readonly fields: Readonly<Record<string, string>>;
};

/** Reads a goal: a name, filters of events, and where its revenue stands. */
export function parseGoal(
  value: unknown,
): { readonly kind: "goal"; readonly goal: Goal } | Invalid {
  const problems = new Problems();
  const keys = ["name", "filters", "revenue"];
  const fields = withKnownKeys(value, keys, { path: "", name: "a goal", problems });
  const named = fields && parseNamed(fields, "goal", problems);
  const revenue = parseRevenue(fields?.["revenue"] ?? undefined, problems);
  if (named === undefined || !problems.isEmpty) return { kind: "invalid", fields: problems.fields };
  return { kind: "goal", goal: { ...named, ...(revenue && { revenue }) } };
}

/** Reads a segment: a name and filters. */
export function parseSegment(
  value: unknown,
): { readonly kind: "segment"; readonly segment: Segment } | Invalid {
  const problems = new Problems();
  const place = { path: "", name: "a segment", problems };
  const fields = withKnownKeys(value, ["name", "filters"], place);
  const segment = fields && parseNamed(fields, "segment", problems);
  if (segment === undefined || !problems.isEmpty)
    return { kind: "invalid", fields: problems.fields };
  return { kind: "segment", segment };
}

export interface GoalJson {
  readonly name: string;
  readonly filters: readonly FilterJson[];
  readonly revenue?: Readonly<Record<string, string>>;
}

/** Returns what `parseGoal` reads. */
export function goalToJson({ name, filter, revenue }: Goal): GoalJson {
  return {
    name,
    filters: filtersToJson(filter),
    ...(revenue && { revenue: revenueToJson(revenue) }),
  };
}

/** Returns what `parseSegment` reads. */
export function segmentToJson({ name, filter }: Segment): Omit<GoalJson, "revenue"> {
  return { name, filters: filtersToJson(filter) };
}

function parseNamed(
  { name, filters }: Readonly<Record<string, unknown>>,
  holder: Holder,
  problems: Problems,
): { readonly name: string; readonly filter: Filter } | undefined {
  const problem = textProblem("name", name, LABEL_BYTES_MAX);
  if (problem !== undefined) problems.add("name", problem);
  const filter = parseFilters(filters, { path: "filters", holder, problems });
  const isNone = filters === undefined || (Array.isArray(filters) && filters.length === 0);
  if (isNone) problems.expect("filters", "an array of at least one filter", filters);
  return filter && { name: String(name), filter };
}

function parseRevenue(value: unknown, problems: Problems): Revenue | undefined {
  if (value === undefined) return undefined;
  const keys = ["property", "currency_property", "currency"];
  const fields = withKnownKeys(value, keys, { path: "revenue", problems });
  if (fields === undefined) return undefined;
  const { property, currency_property: currencyProperty, currency } = fields;
  const amountProperty = propertyName("revenue.property", property, problems);
  if (currency === undefined) {
    const name = propertyName("revenue.currency_property", currencyProperty, problems);
    return { amountProperty, currency: { property: name } };
  }
  if (currencyProperty !== undefined) {
    problems.add("revenue", "Expected revenue to have currency_property or currency, got both");
  }
  return { amountProperty, currency: { code: currencyCode(currency, problems) } };
}

function propertyName(path: string, value: unknown, problems: Problems): string {
  const problem = textProblem(path, value, PROPERTY_NAME_BYTES_MAX);
  if (problem !== undefined) problems.add(path, problem);
  return typeof value === "string" ? value : "";
}

function currencyCode(value: unknown, problems: Problems): string {
  if (typeof value === "string" && CURRENCY.test(value)) return value;
  problems.expect("revenue.currency", "a currency of three letters such as EUR", value);
  return "";
}

function revenueToJson({ amountProperty, currency }: Revenue): Readonly<Record<string, string>> {
  return {
    property: amountProperty,
    ...("code" in currency
      ? { currency: currency.code }
      : { currency_property: currency.property }),
  };
}
