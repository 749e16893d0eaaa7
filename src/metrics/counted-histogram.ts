import { Histogram, type Registry } from "prom-client";
import type { BucketCounts } from "./bucket-counts.ts";

export interface CountedHistogramOptions<Label extends string> {
  readonly name: string;
  readonly help: string;
  /** Absent for a single series without labels. */
  readonly label?: Label;
  readonly registry: Registry;
}

/** Reads its counts from `BucketCounts` when collected. Supports `getMetricsAsJSON` only, which `metricsText` uses. */
export class CountedHistogram<Label extends string> extends Histogram<Label> {
  readonly #options: CountedHistogramOptions<Label>;
  readonly #series: ReadonlyMap<string, BucketCounts>;

  /** `series` is by label value, or by the empty string without a label. */
  constructor(options: CountedHistogramOptions<Label>, series: ReadonlyMap<string, BucketCounts>) {
    const { name, help, label, registry } = options;
    super({ name, help, labelNames: label === undefined ? [] : [label], registers: [registry] });
    this.#options = options;
    this.#series = series;
  }

  override async get(): ReturnType<Histogram<Label>["get"]> {
    const isLabelled = this.#options.label !== undefined;
    const values = [...this.#series].flatMap(([value, counts]) =>
      isLabelled && counts.isEmpty ? [] : this.#samples(value, counts),
    );
    return { ...(await super.get()), values };
  }

  #samples(value: string, counts: BucketCounts) {
    const { name, label } = this.#options;
    const labels: Partial<Record<Label | "le", string | number>> = {};
    if (label !== undefined) labels[label] = value;
    const cumulative = counts.cumulative();
    const total = cumulative.at(-1)?.[1] ?? 0;
    return [
      ...cumulative.map(([le, count]) => ({
        metricName: `${name}_bucket`,
        labels: { ...labels, le },
        value: count,
      })),
      { metricName: `${name}_sum`, labels, value: counts.sum },
      { metricName: `${name}_count`, labels, value: total },
    ];
  }
}
