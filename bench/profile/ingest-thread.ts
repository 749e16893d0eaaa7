import { type ConnectedConfig, readConfig } from "../../src/config.ts";
import { openLog } from "../../src/log.ts";
import { startIngestRole } from "../../src/roles/ingest-role.ts";

/**
 * An ingest thread's work on the main thread, which alone `bun --cpu-prof` looks at. Started by `main.ts` of this
 * folder with what an engine's environment has; SIGTERM ends it, and the profile is written.
 */
const { redisUrl = "", databaseUrl = "", ...config } = readConfig();
const connected: ConnectedConfig = { ...config, redisUrl, databaseUrl, mayShareApiPort: true };
const log = openLog("profiled", config.logLevel);
const role = await startIngestRole(connected, { log, isFirst: true, threads: () => [] });
process.on("SIGTERM", () => process.exit(0));
console.log("ready");
await role.done;
