import { addUp } from "../metrics/aggregate.ts";
import { type MetricsJson, sumsOf } from "../metrics/metrics-json.ts";

/**
 * What one child has told of itself, over all its lives: a counter that falls back when a thread dies would look like
 * the restart of the whole process, and make a rate of what the other threads had counted. Of a life that ended, what it
 * counted after its last heartbeat is lost.
 */
export class ThreadCounts {
  #latest: MetricsJson = [];
  /** The sums of the lives before, in one list however many they were. */
  #ended: Promise<MetricsJson> = Promise.resolve([]);

  /** Takes what the thread of now has told. */
  take(metrics: MetricsJson): void {
    this.#latest = metrics;
  }

  /** Ends a life: its sums stay, and how it was is forgotten. */
  endLife(): void {
    const ofLife = sumsOf(this.#latest);
    this.#latest = [];
    this.#ended = this.#ended.then(async (ended) => await addUp([ended, ofLife]));
  }

  /** All lives together. Of a thread that does not answer, its sums as it last told them. */
  async read({ answers }: { answers: boolean }): Promise<readonly MetricsJson[]> {
    return [await this.#ended, answers ? this.#latest : sumsOf(this.#latest)];
  }
}
