import type { Registry } from "prom-client";
import type { ErrorCode } from "../errors.ts";
import { BucketCounts } from "./bucket-counts.ts";
import { registerCollected } from "./collected.ts";
import { CountedHistogram } from "./counted-histogram.ts";

/** In seconds, from a day in memory to the budget of a question and its wait. */
const QUESTION_BOUNDS = [
  0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15,
];

/** How a question ended. `cancelled`: its client left. */
export type QuestionOutcome = "answered" | "cancelled" | ErrorCode;

/** Their counters exist from the start, since a first value gives no rate. */
export const QUESTION_OUTCOMES: readonly QuestionOutcome[] = [
  "answered",
  "cancelled",
  "invalid_field",
  "query_too_large",
  "reports_overloaded",
  "database_unavailable",
  "shutting_down",
  "internal",
];

export interface ReportReadings {
  readonly held: () => number;
  /** Since the thread began. */
  readonly counts: () => {
    readonly cacheHits: number;
    readonly cacheMisses: number;
    readonly countMismatches: number;
  };
}

/** What a report thread counts. */
export class ReportMetrics {
  readonly #registry: Registry;
  readonly #outcomes = new Map<QuestionOutcome, number>(
    QUESTION_OUTCOMES.map((outcome) => [outcome, 0]),
  );
  readonly #seconds = new BucketCounts(QUESTION_BOUNDS);

  constructor(registry: Registry) {
    this.#registry = registry;
    registerCollected("counter", registry, {
      name: "queueflow_report_questions_total",
      help: "Questions of clients, by how they ended: answered, cancelled, or an error code.",
      labelNames: ["outcome"],
      read: () => Array.from(this.#outcomes, ([outcome, times]) => [{ outcome }, times]),
    });
    void new CountedHistogram(
      {
        name: "queueflow_report_duration_seconds",
        help: "An answered question from its arrival at the report thread to its answer.",
        registry,
      },
      new Map([["", this.#seconds]]),
    );
  }

  /** Registers what is read when metrics are collected. */
  watch({ held, counts }: ReportReadings): void {
    registerCollected("gauge", this.#registry, {
      name: "queueflow_report_questions",
      help: "Questions that wait in report threads or are worked on.",
      read: () => [[{}, held()]],
    });
    registerCollected("counter", this.#registry, {
      name: "queueflow_report_cache_reads_total",
      help: "Columns of packed days that questions read, by where they were.",
      labelNames: ["from"],
      read: () => [
        [{ from: "memory" }, counts().cacheHits],
        [{ from: "postgres" }, counts().cacheMisses],
      ],
    });
    registerCollected("counter", this.#registry, {
      name: "queueflow_report_count_mismatches_total",
      help: "Days whose packed and raw events did not add up to their total, and were read raw.",
      read: () => [[{}, counts().countMismatches]],
    });
  }

  ended(outcome: QuestionOutcome, tookMs: number): void {
    this.#outcomes.set(outcome, (this.#outcomes.get(outcome) ?? 0) + 1);
    if (outcome === "answered") this.#seconds.observe(tookMs / 1_000);
  }
}
