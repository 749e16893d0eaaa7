import type { EngineConfig } from "./config.ts";

/** Per ingest thread, for `GET /stats`. */
export const READ_CONNECTIONS = 2;
/** Each thread checks or stores over one connection. */
const THREAD_CONNECTIONS = 1;
/** The reclaimer opens one to read sites and keys, one for optional migrations, and one to delete old events. */
const ACCESS_CONNECTIONS = 1;
const MIGRATION_CONNECTIONS = 1;
const PRUNE_CONNECTIONS = 1;

/** Most connections that one process opens. */
export function postgresConnectionsMax({
  ingestWorkers,
  consumerWorkers,
  eventsRetentionDays,
}: Pick<EngineConfig, "ingestWorkers" | "consumerWorkers" | "eventsRetentionDays">): number {
  const reclaimer =
    THREAD_CONNECTIONS +
    ACCESS_CONNECTIONS +
    MIGRATION_CONNECTIONS +
    (eventsRetentionDays > 0 ? PRUNE_CONNECTIONS : 0);
  const ingest = ingestWorkers * (THREAD_CONNECTIONS + READ_CONNECTIONS);
  return reclaimer + consumerWorkers * THREAD_CONNECTIONS + ingest;
}
