import { openLog } from "../../src/log/log.ts";
import { LogOutput, openLogFile } from "../../src/log/log-output.ts";
import { StoringMetrics } from "../../src/metrics/storing-metrics.ts";
import { ThreadMetrics } from "../../src/metrics/thread-metrics.ts";
import { startConsumerRole } from "../../src/roles/consumer-role.ts";
import { connectedConfig } from "./connected-config.ts";

/**
 * Runs a consumer on the main thread, the only one that `bun --cpu-prof` profiles. `main.ts` starts it with the environment of
 * an engine; SIGTERM ends it and writes the profile.
 */
const log = openLog("profiled", {
  level: "info",
  output: new LogOutput(openLogFile(), "profiled"),
});
const role = startConsumerRole(connectedConfig(), {
  name: "consumer-1",
  index: 0,
  log,
  metrics: new StoringMetrics(new ThreadMetrics("profiled", { droppedLogLines: () => 0 }).registry),
  isRestarted: false,
});
process.on("SIGTERM", () => process.exit(0));
console.log("ready");
await role.done;
