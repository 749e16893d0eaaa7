import type { Registry } from "prom-client";

/** A registry as plain data, which crosses `postMessage`: every metric with its samples. */
export type MetricsJson = Awaited<ReturnType<Registry["getMetricsAsJSON"]>>;

/** The metrics whose samples only ever grow while a thread lives. */
const SUMS: ReadonlySet<string> = new Set(["counter", "histogram"]);

/** What a thread has counted, without what only says how it is now. */
export function sumsOf(metrics: MetricsJson): MetricsJson {
  return metrics.filter(({ type }) => SUMS.has(String(type)));
}
