import { addUp, type MetricsJson, sumsOf } from "../metrics/metrics-json.ts";

/**
 * Metrics of one thread over all its restarts: a counter that falls back would distort rates. Counts after the last heartbeat of a
 * run are lost.
 */
export class ThreadCounts {
  #latest: MetricsJson = [];
  /** Added up at each restart, so that restarts accumulate no memory. */
  #earlier: Promise<MetricsJson> = Promise.resolve([]);

  take(metrics: MetricsJson): void {
    this.#latest = metrics;
  }

  /** Keeps the counters and drops the gauges. */
  endRun(): void {
    const ended = sumsOf(this.#latest);
    this.#latest = [];
    this.#earlier = this.#earlier.then(async (earlier) => await addUp([earlier, ended]));
  }

  async read({ isCurrent }: { isCurrent: boolean }): Promise<readonly MetricsJson[]> {
    return [await this.#earlier, isCurrent ? this.#latest : sumsOf(this.#latest)];
  }
}
