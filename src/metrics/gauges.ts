import { Gauge, Registry } from "prom-client";

/** The current value of a gauge without labels. An unknown one has no sample, since 0 would be a value. */
export interface GaugeReading {
  readonly name: string;
  readonly help: string;
  readonly value: number | undefined;
}

/** Returns the readings in the text format of Prometheus. */
export async function gaugesText(readings: readonly GaugeReading[]): Promise<string> {
  const registry = new Registry();
  for (const { name, help, value } of readings) {
    const gauge = new Gauge({ name, help, registers: [registry] });
    if (value === undefined) gauge.remove({});
    else gauge.set(value);
  }
  return await registry.metrics();
}
