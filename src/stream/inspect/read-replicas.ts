import { accessOf, askNode, nodeName } from "../redis/locate/ask-node.ts";
import type { RedisConnection } from "../redis/redis-connection.ts";
import { type RedisSettings, settingsIn } from "./redis-settings.ts";

export interface Replica {
  /** Host and port. */
  readonly name: string;
  /** Undefined when it does not tell them. */
  readonly settings: RedisSettings | undefined;
}

export interface ReplicationState {
  /** Connected and in step. */
  readonly replicas: readonly Replica[];
  /** `min-replicas-to-write`; undefined when Redis hides it. */
  readonly replicasToWrite: number | undefined;
}

/** Asks each replica with the credentials of the connection. @throws Error when Redis does not tell of its replicas. */
export async function readReplication(redis: RedisConnection): Promise<ReplicationState> {
  const info = await redis.info("replication");
  const found = [...info.matchAll(/^slave\d+:ip=(.+?),port=(\d+),state=online/gm)];
  const access = accessOf(redis);
  const replicas = await Promise.all(
    found.map(async ([, host = "", port]) => {
      const address = { host, port: Number(port) };
      const command = ["CONFIG", "GET", "appendonly", "appendfsync"] as const;
      const settings = await askNode(address, access, [command]).then(
        ([reply]) => settingsIn(reply),
        () => undefined,
      );
      return { name: nodeName(address), settings };
    }),
  );
  const own = await redis.call("CONFIG", ["GET", "min-replicas-to-write"]).then(
    (reply) => settingsIn(reply).get("min-replicas-to-write"),
    () => undefined,
  );
  return { replicas, replicasToWrite: own === undefined ? undefined : Number(own) };
}
