import { Counter, Gauge, type Registry } from "prom-client";

export interface CollectedMetric {
  readonly name: string;
  readonly help: string;
  readonly labelNames?: readonly string[];
  /** Samples of undefined value are left out. */
  readonly read: () => Iterable<Sample>;
}

export type Sample = readonly [labels: Readonly<Record<string, string>>, value: number | undefined];

/** Registers a metric whose samples are read when it is collected. */
export function registerCollected(
  type: "counter" | "gauge",
  registry: Registry,
  { name, help, labelNames = [], read }: CollectedMetric,
): void {
  const Metric = type === "counter" ? Counter : Gauge;
  const metric: Counter | Gauge = new Metric({
    name,
    help,
    labelNames,
    registers: [registry],
    collect() {
      metric.reset();
      if (labelNames.length === 0) metric.remove({});
      for (const [labels, value] of read()) if (value !== undefined) metric.inc(labels, value);
    },
  });
}
