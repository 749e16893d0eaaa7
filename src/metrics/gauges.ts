import { Registry } from "prom-client";
import { registerCollected } from "./collected.ts";

export interface GaugeReading {
  readonly name: string;
  readonly help: string;
  readonly value: number | undefined;
}

/** Returns the known readings in the text format of Prometheus. */
export async function gaugesText(readings: readonly GaugeReading[]): Promise<string> {
  const registry = new Registry();
  for (const { name, help, value } of readings) {
    registerCollected("gauge", registry, { name, help, read: () => [[{}, value]] });
  }
  return await registry.metrics();
}
