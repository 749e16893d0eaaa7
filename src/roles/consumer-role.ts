import type { ConnectedConfig } from "../config/config.ts";
import { READ_BLOCK_MS, runConsumer } from "../consume/consumer.ts";
import type { RunningRole } from "./running-role.ts";
import { type StoringRoleOptions, startStoringRole } from "./storing-role.ts";

export function startConsumerRole(
  config: ConnectedConfig,
  options: Pick<StoringRoleOptions, "name" | "log" | "metrics" | "isRestarted">,
): RunningRole {
  return startStoringRole({
    ...options,
    config,
    blockMs: READ_BLOCK_MS,
    check: async () => undefined,
    logsDatabaseWarnings: false,
    run: runConsumer,
  });
}
