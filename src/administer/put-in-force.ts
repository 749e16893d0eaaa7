import { setTimeout as delay } from "node:timers/promises";
import { readAccess } from "../store/access/read-access.ts";
import { QUERY_DEADLINE_MS } from "../store/deadlines.ts";
import { ACCESS_READ_INTERVAL_MS } from "../stream/access/access-view.ts";
import { mirrorAccess } from "../stream/access/mirror.ts";
import type { AccessServers } from "./access-servers.ts";

/**
 * Copies sites and keys from PostgreSQL to Redis, where all ingest threads find them within a second.
 *
 * @throws QueueFlowError `stream_unavailable`: the reclaimer repeats it every 10 s.
 */
export async function putInForce({ database, redis, stream }: AccessServers): Promise<void> {
  await mirrorAccess(redis, stream, async () => await readAccess(database, QUERY_DEADLINE_MS));
}

/** Threads read at an interval, and the reading takes some milliseconds. */
const THREADS_KNOW_MS = 1.5 * ACCESS_READ_INTERVAL_MS;

/** Also waits until all threads have had the time to read it, since a new key is used at once. @throws as `putInForce`. */
export async function putNewKeyInForce(servers: AccessServers): Promise<void> {
  await putInForce(servers);
  await delay(THREADS_KNOW_MS);
}
