import { Gauge, Registry } from "prom-client";
import type { MetricsJson } from "./metrics-json.ts";

/** A figure of now; one that is not known has no sample, since 0 would say something else. */
export interface GaugeReading {
  readonly name: string;
  readonly help: string;
  readonly value: number | undefined;
}

/** Readings without labels as a registry of their own. */
export async function gaugesJson(readings: readonly GaugeReading[]): Promise<MetricsJson> {
  const registry = new Registry();
  for (const { name, help, value } of readings) {
    const gauge = new Gauge({ name, help, registers: [registry] });
    if (value === undefined) gauge.remove({});
    else gauge.set(value);
  }
  return await registry.getMetricsAsJSON();
}
