import type { MetricValue, Money } from "../fold/folded-report.ts";
import type { Metric } from "../query/report-query.ts";

const POINTS: ReadonlySet<Metric> = new Set(["bounce_rate", "percentage", "conversion_rate"]);

/** Of a revenue, a change for each currency that it had before. */
export type Change = number | null | readonly CurrencyChange[];

export interface CurrencyChange {
  readonly currency: string;
  readonly change: number | null;
}

/**
 * Returns by how much a metric changed: in whole percent, half away from zero; for a rate in points with two decimals. Null where either
 * is null, and from zero.
 */
export function changeOf(metric: Metric, now: MetricValue, before: MetricValue): Change {
  if (isRevenue(now) || isRevenue(before)) {
    const later = isRevenue(now) ? now : [];
    return (isRevenue(before) ? before : []).map(({ currency, value }) => {
      const amount = later.find((each) => each.currency === currency)?.value ?? "0";
      return { currency, change: percent(decimal(amount), decimal(value)) };
    });
  }
  if (now === null || before === null) return null;
  if (POINTS.has(metric)) return Math.round((now - before) * 100) / 100;
  return percent(decimal(String(now)), decimal(String(before)));
}

function isRevenue(value: MetricValue): value is readonly Money[] {
  return typeof value === "object" && value !== null;
}

interface Decimal {
  readonly digits: bigint;
  /** How many of them are behind the point. */
  readonly places: number;
}

function decimal(text: string): Decimal {
  const [whole = "", fraction = ""] = text.split(".");
  return { digits: BigInt(whole + fraction), places: fraction.length };
}

function percent(now: Decimal, before: Decimal): number | null {
  if (before.digits === 0n) return null;
  const places = Math.max(now.places, before.places);
  const from = scaled(before, places);
  const by = (scaled(now, places) - from) * 100n;
  const isNegative = by < 0n !== from < 0n;
  const rounded = (2n * magnitude(by) + magnitude(from)) / (2n * magnitude(from));
  return Number(isNegative ? -rounded : rounded);
}

function scaled({ digits, places }: Decimal, to: number): bigint {
  return digits * 10n ** BigInt(to - places);
}

function magnitude(value: bigint): bigint {
  return value < 0n ? -value : value;
}
