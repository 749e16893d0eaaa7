import { afterDeadline } from "../async/deadline.ts";
import { QueueFlowError } from "../errors.ts";
import type { MetricsJson } from "./metrics-json.ts";

/** The supervisor gives its threads 1 s to answer it, and has little else to do. */
const ANSWER_MS_MAX = 3_000;

/** A thread's question to its supervisor for the metrics of all threads; who asks meanwhile gets the same answer. */
export class GatheredMetrics {
  readonly #ask: () => void;
  readonly #answerMsMax: number;
  #asked: PromiseWithResolvers<readonly MetricsJson[]> | undefined;

  constructor(ask: () => void, answerMsMax: number = ANSWER_MS_MAX) {
    this.#ask = ask;
    this.#answerMsMax = answerMsMax;
  }

  /**
   * Asks, and resolves with the answer.
   *
   * @throws QueueFlowError `internal` when none comes in time.
   */
  async read(): Promise<readonly MetricsJson[]> {
    if (this.#asked === undefined) {
      this.#asked = Promise.withResolvers();
      this.#ask();
    }
    const { promise, reject } = this.#asked;
    const cancel = afterDeadline(this.#answerMsMax, () => {
      this.#asked = undefined;
      reject(new QueueFlowError("internal", "The supervisor did not answer with the metrics"));
    });
    try {
      return await promise;
    } finally {
      cancel();
    }
  }

  /** Takes the supervisor's answer. */
  take(metrics: readonly MetricsJson[]): void {
    this.#asked?.resolve(metrics);
    this.#asked = undefined;
  }
}
