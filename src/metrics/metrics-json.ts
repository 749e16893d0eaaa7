import { AggregatorRegistry, Registry } from "prom-client";

export const METRICS_CONTENT_TYPE: string = Registry.PROMETHEUS_CONTENT_TYPE;

/** Plain data, so that it can cross `postMessage`. */
export type MetricsJson = Awaited<ReturnType<Registry["getMetricsAsJSON"]>>;

const SUMS: ReadonlySet<string> = new Set(["counter", "histogram"]);

export function sumsOf(metrics: MetricsJson): MetricsJson {
  return metrics.filter(({ type }) => SUMS.has(String(type)));
}

/** Adds up samples of the same name and labels. */
export async function addUp(metrics: readonly MetricsJson[]): Promise<MetricsJson> {
  return await AggregatorRegistry.aggregate([...metrics]).getMetricsAsJSON();
}

/** As `addUp`, in the text format of Prometheus. */
export async function metricsText(metrics: readonly MetricsJson[]): Promise<string> {
  return await AggregatorRegistry.aggregate([...metrics]).metrics();
}
