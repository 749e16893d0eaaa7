import type { ConnectedConfig } from "../config.ts";
import { READ_BLOCK_MS, runConsumer } from "../consume/consumer.ts";
import type { Log } from "../log.ts";
import type { StoringMetrics } from "../metrics/storing-metrics.ts";
import type { RunningRole } from "./running-role.ts";
import { startStoringRole } from "./storing-role.ts";

/** A consumer thread: reads, transacts, acknowledges. */
export function startConsumerRole(
  config: ConnectedConfig,
  { name, log, metrics }: { name: string; log: Log; metrics: StoringMetrics },
): RunningRole {
  const { batchEntriesMax } = config;
  return startStoringRole({
    name,
    config,
    log,
    metrics,
    blockMs: READ_BLOCK_MS,
    check: async () => undefined,
    run: async (worker, signal) => await runConsumer({ ...worker, batchEntriesMax }, signal),
  });
}
