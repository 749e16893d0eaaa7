import { readAccess } from "../store/access/read-access.ts";
import { QUERY_DEADLINE_MS } from "../store/deadlines.ts";
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
