import type { EngineConfig } from "../../config/config.ts";
import { QueueFlowError } from "../../errors.ts";
import { serverAddress } from "../../server-address.ts";

const INSTEAD = {
  backup: `back them up with their own tools, in this order, and keep the two files together:
  eval "$(queueflow env)"
  redis-cli -u "$REDIS_URL" --rdb queueflow.rdb
  pg_dump -Fc -f queueflow.dump "$DATABASE_URL"
Redis comes first: what leaves the stream after its copy is in the later copy of PostgreSQL, and what is
in both counts once. docs/operating.md says more under "Back up".`,
  restore: `restore them with their own tools, as docs/operating.md says under "Restore both".`,
};

/** @throws QueueFlowError `invalid_config` with the commands to use instead, unless both servers are embedded. */
export function expectEmbedded(
  { redisUrl, databaseUrl }: EngineConfig,
  command: keyof typeof INSTEAD,
): void {
  const external = [
    ...(redisUrl === undefined ? [] : [`Redis at ${serverAddress(redisUrl)}`]),
    ...(databaseUrl === undefined ? [] : [`PostgreSQL at ${serverAddress(databaseUrl)}`]),
  ];
  if (external.length === 0) return;
  const found = `Expected embedded servers, got ${external.join(" and ")} from the configuration`;
  throw new QueueFlowError("invalid_config", `${found}: ${INSTEAD[command]}`);
}
