import { AggregatorRegistry, Registry } from "prom-client";

/** The content type of `metricsText`. */
export const METRICS_CONTENT_TYPE: string = Registry.PROMETHEUS_CONTENT_TYPE;

/** A registry as plain data, which crosses `postMessage`. */
export type MetricsJson = Awaited<ReturnType<Registry["getMetricsAsJSON"]>>;

/** Metrics that only grow while a thread runs. */
const SUMS: ReadonlySet<string> = new Set(["counter", "histogram"]);

/** Returns the counters and histograms, without the gauges. */
export function sumsOf(metrics: MetricsJson): MetricsJson {
  return metrics.filter(({ type }) => SUMS.has(String(type)));
}

/** Adds up samples of the same name and labels. */
export async function addUp(metrics: readonly MetricsJson[]): Promise<MetricsJson> {
  return await AggregatorRegistry.aggregate([...metrics]).getMetricsAsJSON();
}

/** Adds up samples, and returns them in the text format of Prometheus. */
export async function metricsText(metrics: readonly MetricsJson[]): Promise<string> {
  return await AggregatorRegistry.aggregate([...metrics]).metrics();
}
