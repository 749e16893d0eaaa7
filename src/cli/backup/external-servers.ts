import type { EngineConfig } from "../../config/config.ts";
import { QueueFlowError } from "../../errors.ts";
import { redisNodesOf } from "../../redis-nodes.ts";
import { redisSocketOf, serverAddress } from "../../server-address.ts";

type Command = "backup" | "restore";

/** @throws QueueFlowError `invalid_config` with the commands to use instead, unless both servers are embedded. */
export function expectEmbedded({ redisUrl, databaseUrl }: EngineConfig, command: Command): void {
  const external = [
    ...(redisUrl === undefined ? [] : [`Redis at ${serverAddress(redisUrl)}`]),
    ...(databaseUrl === undefined ? [] : [`PostgreSQL at ${serverAddress(databaseUrl)}`]),
  ];
  if (external.length === 0) return;
  const found = `Expected embedded servers, got ${external.join(" and ")} from the configuration`;
  throw new QueueFlowError("invalid_config", `${found}: ${instead(command, redisUrl)}`);
}

function instead(command: Command, redisUrl: string | undefined): string {
  if (command === "restore") {
    return 'restore them with their own tools, as docs/operating.md says under "Restore both".';
  }
  return `back them up with their own tools, in this order, and keep the two copies together:
  eval "$(queueflow env)"
  ${copyOfRedis(redisUrl)}
  pg_dump -Fc -f queueflow.dump "$DATABASE_URL"
Redis comes first: what leaves the stream after its copy is in the later copy of PostgreSQL, and what is
in both counts once. docs/operating.md says more under "Back up".`;
}

/** redis-cli copies one server, unless it is told of a cluster. */
function copyOfRedis(redisUrl: string | undefined): string {
  const kind = redisUrl === undefined ? undefined : redisNodesOf(redisUrl)?.kind;
  if (kind === "cluster")
    return 'mkdir queueflow.redis && redis-cli --cluster backup "$REDIS_MASTER" queueflow.redis';
  const isSocket = redisUrl === undefined || redisSocketOf(redisUrl) !== undefined;
  if (isSocket) return 'redis-cli -s "$REDIS_SOCKET" --rdb queueflow.rdb';
  const url = kind === "sentinel" ? "$REDIS_MASTER_URL" : "$REDIS_URL";
  return `redis-cli -u "${url}" --rdb queueflow.rdb`;
}
