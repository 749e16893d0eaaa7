import { openLog } from "../../src/log/log.ts";
import { LogOutput, openLogFile } from "../../src/log/log-output.ts";
import { StoringMetrics } from "../../src/metrics/storing-metrics.ts";
import { ThreadMetrics } from "../../src/metrics/thread-metrics.ts";
import { startConsumerRole } from "../../src/roles/consumer-role.ts";
import { connectedConfig } from "./connected-config.ts";

/**
 * A consumer's work on the main thread, which alone `bun --cpu-prof` looks at. Started by `main.ts` of this folder with
 * what an engine's environment has; SIGTERM ends it, and the profile is written.
 */
const log = openLog("profiled", {
  level: "info",
  output: new LogOutput(openLogFile(), "profiled"),
});
const role = startConsumerRole(connectedConfig(), {
  name: "consumer-1",
  log,
  metrics: new StoringMetrics(new ThreadMetrics("profiled", { droppedLogLines: () => 0 }).registry),
  isRestarted: false,
});
process.on("SIGTERM", () => process.exit(0));
console.log("ready");
await role.done;
