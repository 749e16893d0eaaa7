import { Registry } from "prom-client";
import { BucketCounts } from "./bucket-counts.ts";
import { registerCollected } from "./collected.ts";
import { CountedHistogram } from "./counted-histogram.ts";
import type { MetricsJson } from "./metrics-json.ts";
import { readMemory } from "./process-readings.ts";

const CHECK_INTERVAL_MS = 200;
/** In seconds. A timer may be a millisecond late by itself. */
const DELAY_BOUNDS = [0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Holds the metrics of every thread; roles add theirs to `registry`. */
export class ThreadMetrics {
  readonly registry: Registry = new Registry();

  constructor(thread: string, { droppedLogLines }: { droppedLogLines: () => number }) {
    const { registry } = this;
    registerCollected("gauge", registry, {
      name: "queueflow_heap_used_bytes",
      help: "Used memory of the thread's heap, garbage included.",
      labelNames: ["thread"],
      read: () => [[{ thread }, readMemory()?.heapUsed]],
    });
    registerCollected("counter", registry, {
      name: "queueflow_log_lines_dropped_total",
      help: "Log lines dropped because stdout was blocked.",
      labelNames: ["thread"],
      read: () => [[{ thread }, droppedLogLines()]],
    });
    void new CountedHistogram(
      {
        name: "queueflow_event_loop_delay_seconds",
        help: "How late a timer of the thread was, measured five times a second.",
        label: "thread",
        registry,
      },
      new Map([[thread, watchDelay()]]),
    );
  }

  async read(): Promise<MetricsJson> {
    return await this.registry.getMetricsAsJSON();
  }
}

function watchDelay(): BucketCounts {
  const delays = new BucketCounts(DELAY_BOUNDS);
  let expectedAtMs = performance.now() + CHECK_INTERVAL_MS;
  const timer = setInterval(() => {
    const nowMs = performance.now();
    delays.observe(Math.max(0, nowMs - expectedAtMs) / 1_000);
    expectedAtMs = nowMs + CHECK_INTERVAL_MS;
  }, CHECK_INTERVAL_MS);
  timer.unref();
  return delays;
}
