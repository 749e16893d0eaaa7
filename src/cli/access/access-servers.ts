import type { AccessServers } from "../../administer/access-servers.ts";
import type { Servers } from "../servers.ts";

/** Connects to Redis first, so that nothing changes that cannot take effect. @throws as `Servers.redis`. */
export async function accessServers(servers: Servers): Promise<AccessServers> {
  const redis = await servers.redis();
  return { database: servers.database, redis, stream: servers.key.stream };
}
