import { Registry } from "prom-client";
import { registerCollected, type Sample } from "./collected.ts";

export interface GaugeReading {
  readonly name: string;
  readonly help: string;
  readonly value: number | undefined;
}

export interface LabelledGauge extends Omit<GaugeReading, "value"> {
  readonly label: string;
  readonly values: readonly (readonly [of: string, value: number | undefined])[];
}

/** Returns the known readings in the text format of Prometheus. */
export async function gaugesText(
  readings: readonly (GaugeReading | LabelledGauge)[],
): Promise<string> {
  const registry = new Registry();
  for (const reading of readings) {
    const { name, help } = reading;
    const labelNames = "label" in reading ? [reading.label] : [];
    registerCollected("gauge", registry, {
      name,
      help,
      labelNames,
      read: () => samplesOf(reading),
    });
  }
  return await registry.metrics();
}

function samplesOf(reading: GaugeReading | LabelledGauge): readonly Sample[] {
  if ("value" in reading) return [[{}, reading.value]];
  return reading.values.map(([of, value]) => [{ [reading.label]: of }, value]);
}
