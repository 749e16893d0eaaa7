import { AggregatorRegistry, Registry } from "prom-client";
import type { MetricsJson } from "./metrics-json.ts";

/** What `metricsText` writes. */
export const METRICS_CONTENT_TYPE: string = Registry.PROMETHEUS_CONTENT_TYPE;

/** Adds up samples that have the same name and labels. */
export async function addUp(metrics: readonly MetricsJson[]): Promise<MetricsJson> {
  return await AggregatorRegistry.aggregate([...metrics]).getMetricsAsJSON();
}

/** The same as Prometheus reads it. */
export async function metricsText(metrics: readonly MetricsJson[]): Promise<string> {
  return await AggregatorRegistry.aggregate([...metrics]).metrics();
}
