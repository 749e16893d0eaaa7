import type { EngineConfig } from "./config.ts";

/** Connections of one ingest thread for `GET /stats`: `POST /event` never touches PostgreSQL. */
export const READ_CONNECTIONS = 2;
/** Each thread checks or stores over one connection more. */
const THREAD_CONNECTIONS = 1;
/** The reclaimer opens one more for optional migrations, and one to delete old events. */
const MIGRATION_CONNECTIONS = 1;
const PRUNE_CONNECTIONS = 1;

/** Connections to PostgreSQL that the threads of one process open at most. */
export function postgresConnectionsMax({
  ingestWorkers,
  consumerWorkers,
  eventsRetentionDays,
}: Pick<EngineConfig, "ingestWorkers" | "consumerWorkers" | "eventsRetentionDays">): number {
  const reclaimer =
    THREAD_CONNECTIONS + MIGRATION_CONNECTIONS + (eventsRetentionDays > 0 ? PRUNE_CONNECTIONS : 0);
  const ingest = ingestWorkers * (THREAD_CONNECTIONS + READ_CONNECTIONS);
  return reclaimer + consumerWorkers * THREAD_CONNECTIONS + ingest;
}
