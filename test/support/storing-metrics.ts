import { metricsText } from "../../src/metrics/metrics-json.ts";
import { StoringMetrics } from "../../src/metrics/storing-metrics.ts";
import { ThreadMetrics } from "../../src/metrics/thread-metrics.ts";
import { Scrape } from "./metrics-samples.ts";

/** Metrics for a batch worker that runs in the test's own thread. */
export function storingMetrics(): {
  readonly metrics: StoringMetrics;
  /** What they say now. */
  readonly read: () => Promise<Scrape>;
} {
  const thread = new ThreadMetrics("test", { droppedLogLines: () => 0 });
  return {
    metrics: new StoringMetrics(thread.registry),
    read: async () => new Scrape(await metricsText([await thread.read()])),
  };
}
