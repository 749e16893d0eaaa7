import { openLog } from "../../src/log/log.ts";
import { LogOutput, openLogFile } from "../../src/log/log-output.ts";
import { IngestMetrics } from "../../src/metrics/ingest-metrics.ts";
import { ThreadMetrics } from "../../src/metrics/thread-metrics.ts";
import { startIngestRole } from "../../src/roles/ingest-role.ts";
import { connectedConfig } from "./connected-config.ts";

/**
 * Runs an ingest thread on the main thread, the only one that `bun --cpu-prof` profiles. `main.ts` starts it with the
 * environment of an engine; SIGTERM ends it and writes the profile.
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
