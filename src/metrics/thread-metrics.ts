import { Counter, Gauge, Registry } from "prom-client";
import { BucketCounts } from "./bucket-counts.ts";
import { CountedHistogram } from "./counted-histogram.ts";
import type { MetricsJson } from "./metrics-json.ts";
import { readMemory } from "./read-memory.ts";

/** How often a thread looks how late it is, in milliseconds. */
const LOOK_INTERVAL_MS = 200;
/** In seconds; a timer itself may be a millisecond late. */
const DELAY_BOUNDS = [0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** What a thread tells of itself, whatever its work is, and the registry for what its work counts. */
export class ThreadMetrics {
  readonly registry: Registry = new Registry();
  readonly #delays = new BucketCounts(DELAY_BOUNDS);

  /** Looks from now on. `droppedLogLines` answers how many lines of the thread's log were dropped so far. */
  constructor(thread: string, { droppedLogLines }: { droppedLogLines: () => number }) {
    this.#registerHeap(thread);
    this.#registerDroppedLines(thread, droppedLogLines);
    void new CountedHistogram(
      {
        name: "queueflow_event_loop_delay_seconds",
        help: "How late a timer of the thread was, looked at five times a second.",
        label: "thread",
        registry: this.registry,
      },
      new Map([[thread, this.#delays]]),
    );
    this.#watchDelay();
  }

  /** All that the thread's registry has now, as plain data. */
  async read(): Promise<MetricsJson> {
    return await this.registry.getMetricsAsJSON();
  }

  #registerHeap(thread: string): void {
    const heap = new Gauge({
      name: "queueflow_heap_used_bytes",
      help: "Memory of the thread's heap in use, garbage not yet collected included.",
      labelNames: ["thread"],
      registers: [this.registry],
      collect() {
        const memory = readMemory();
        if (memory === undefined) heap.remove({ thread });
        else heap.set({ thread }, memory.heapUsed);
      },
    });
  }

  #registerDroppedLines(thread: string, droppedLogLines: () => number): void {
    const dropped = new Counter({
      name: "queueflow_log_lines_dropped_total",
      help: "Lines of the log that standard output did not take in time.",
      labelNames: ["thread"],
      registers: [this.registry],
      collect() {
        dropped.reset();
        dropped.inc({ thread }, droppedLogLines());
      },
    });
  }

  #watchDelay(): void {
    let expectedAtMs = performance.now() + LOOK_INTERVAL_MS;
    const timer = setInterval(() => {
      const nowMs = performance.now();
      this.#delays.observe(Math.max(0, nowMs - expectedAtMs) / 1_000);
      expectedAtMs = nowMs + LOOK_INTERVAL_MS;
    }, LOOK_INTERVAL_MS);
    timer.unref();
  }
}
