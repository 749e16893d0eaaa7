import { Registry } from "prom-client";
import { registerCollected } from "./collected.ts";

/** The current value of a gauge without labels. */
export interface GaugeReading {
  readonly name: string;
  readonly help: string;
  readonly value: number | undefined;
}

/** Returns the readings in the text format of Prometheus, without those of unknown value. */
export async function gaugesText(readings: readonly GaugeReading[]): Promise<string> {
  const registry = new Registry();
  for (const { name, help, value } of readings) {
    registerCollected("gauge", registry, { name, help, read: () => [[{}, value]] });
  }
  return await registry.metrics();
}
