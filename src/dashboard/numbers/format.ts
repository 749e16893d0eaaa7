import type { Metric } from "../../reporting/query/report-query.ts";
import type { MetricValue, Money } from "../api/report.ts";
import { LOCALE, words } from "../words/words.ts";

const whole = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 2 });
const compact = new Intl.NumberFormat(LOCALE, {
  notation: "compact",
  minimumSignificantDigits: 1,
  maximumSignificantDigits: 3,
});
const percent = new Intl.NumberFormat(LOCALE, { style: "percent", maximumFractionDigits: 1 });
const change = new Intl.NumberFormat(LOCALE, {
  style: "percent",
  maximumFractionDigits: 0,
  signDisplay: "never",
});
const points = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 1, signDisplay: "never" });
/** Where a short number says enough. */
const COMPACT_FROM = 10_000;
export const NONE = "–";

/** Returns a number as its metric is written, short where that says enough. */
export function shortValue(metric: Metric, value: MetricValue | undefined): string {
  if (typeof value !== "number" || value < COMPACT_FROM || isTimeOrRate(metric)) {
    return fullValue(metric, value);
  }
  return compact.format(value);
}

export function fullValue(metric: Metric, value: MetricValue | undefined): string {
  if (value === null || value === undefined) return NONE;
  if (typeof value === "object") return value.map(money).join(", ") || NONE;
  switch (metric) {
    case "bounce_rate":
    case "percentage":
    case "conversion_rate":
      return percent.format(value / 100);
    case "visit_duration":
    case "time_on_page":
      return duration(value);
    case "visitors":
    case "visits":
    case "pageviews":
    case "events":
    case "views_per_visit":
    case "conversions":
    case "revenue":
      return whole.format(value);
  }
}

/** Without a sign, which the arrow before it is. */
export function changeText(metric: Metric, value: number): string {
  return isRate(metric) ? words.points(points.format(value)) : change.format(value / 100);
}

export function duration(ofSeconds: number): string {
  const { hours, minutes, seconds } = words.durations;
  const total = Math.round(ofSeconds);
  if (total < 60) return seconds(total);
  if (total < 3_600) return `${minutes(Math.floor(total / 60))} ${seconds(total % 60)}`;
  return `${hours(Math.floor(total / 3_600))} ${minutes(Math.floor((total % 3_600) / 60))}`;
}

function money({ currency, value }: Money): string {
  try {
    // A text keeps all digits of an exact decimal.
    return new Intl.NumberFormat(LOCALE, { style: "currency", currency }).format(
      value as Intl.StringNumericLiteral,
    );
  } catch {
    return `${value} ${currency}`;
  }
}

/** Of which changes are points, not percent. */
export function isRate(metric: Metric): boolean {
  return metric === "bounce_rate" || metric === "percentage" || metric === "conversion_rate";
}

function isTimeOrRate(metric: Metric): boolean {
  return isRate(metric) || metric === "visit_duration" || metric === "time_on_page";
}
