import type { EngineConfig } from "./config.ts";

/** Per ingest thread, for `GET /stats`. */
export const READ_CONNECTIONS = 2;
/** Per report thread: each question that it works on holds one. */
export const REPORT_CONNECTIONS = 4;
/** Each thread checks or stores over one connection. */
const THREAD_CONNECTIONS = 1;
/** The reclaimer opens one to read sites and keys, one for optional migrations, and one to delete old events. */
const ACCESS_CONNECTIONS = 1;
const MIGRATION_CONNECTIONS = 1;
const PRUNE_CONNECTIONS = 1;
/** One to find new rows, one to pack them. */
const PACKER_CONNECTIONS = 2;

/** Most connections that one process opens. */
export function postgresConnectionsMax({
  ingestWorkers,
  consumerWorkers,
  reportWorkers,
  eventsRetentionDays,
  shards,
}: Pick<
  EngineConfig,
  "ingestWorkers" | "consumerWorkers" | "reportWorkers" | "eventsRetentionDays" | "shards"
>): number {
  const reclaimer =
    shards * THREAD_CONNECTIONS +
    ACCESS_CONNECTIONS +
    MIGRATION_CONNECTIONS +
    (eventsRetentionDays > 0 ? PRUNE_CONNECTIONS : 0);
  const ingest = ingestWorkers * (THREAD_CONNECTIONS + READ_CONNECTIONS);
  const reports = reportWorkers * REPORT_CONNECTIONS;
  const packer = consumerWorkers > 0 ? PACKER_CONNECTIONS : 0;
  // With fewer threads than shards, a thread has a connection for each of its shards.
  const consumers = consumerWorkers === 0 ? 0 : Math.max(consumerWorkers, shards);
  return reclaimer + consumers * THREAD_CONNECTIONS + packer + reports + ingest;
}
