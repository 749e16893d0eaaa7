import { addUp, type MetricsJson, sumsOf } from "../metrics/metrics-json.ts";

/**
 * What one thread has counted over all its restarts. A counter that fell back with each restart would look like a restart of
 * the whole process, and distort the rates of all threads. Counts after the last heartbeat of a run are lost.
 */
export class ThreadCounts {
  #latest: MetricsJson = [];
  /** Sums of earlier runs, kept added up so that restarts do not accumulate memory. */
  #earlier: Promise<MetricsJson> = Promise.resolve([]);

  /** Takes the metrics of a heartbeat. */
  take(metrics: MetricsJson): void {
    this.#latest = metrics;
  }

  /** Ends a run: keeps its counters and drops its gauges. */
  endRun(): void {
    const ended = sumsOf(this.#latest);
    this.#latest = [];
    this.#earlier = this.#earlier.then(async (earlier) => await addUp([earlier, ended]));
  }

  /** Returns the counters of all runs, and the gauges of this one if they are current. */
  async read({ isCurrent }: { isCurrent: boolean }): Promise<readonly MetricsJson[]> {
    return [await this.#earlier, isCurrent ? this.#latest : sumsOf(this.#latest)];
  }
}
