import { openLog } from "../../src/log/log.ts";
import { LogOutput, openLogFile } from "../../src/log/log-output.ts";
import { IngestMetrics } from "../../src/metrics/ingest-metrics.ts";
import { ThreadMetrics } from "../../src/metrics/thread-metrics.ts";
import { startIngestRole } from "../../src/roles/ingest-role.ts";
import { connectedConfig } from "./connected-config.ts";

/**
 * An ingest thread's work on the main thread, which alone `bun --cpu-prof` looks at. Started by `main.ts` of this
 * folder with what an engine's environment has; SIGTERM ends it, and the profile is written.
 */
const log = openLog("profiled", {
  level: "info",
  output: new LogOutput(openLogFile(), "profiled"),
});
const role = await startIngestRole(connectedConfig(), {
  log,
  isFirst: true,
  threads: () => [],
  metrics: new IngestMetrics(new ThreadMetrics("profiled", { droppedLogLines: () => 0 }).registry),
  readProcessMetrics: async () => "",
});
process.on("SIGTERM", () => process.exit(0));
console.log("ready");
await role.done;
