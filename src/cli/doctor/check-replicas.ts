import type { EngineConfig } from "../../config/config.ts";
import { errorText } from "../../errors.ts";
import { redisNodesOf } from "../../redis-nodes.ts";
import { type Replica, readReplication } from "../../stream/inspect/read-replicas.ts";
import type { RedisConnection } from "../../stream/redis/redis-connection.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";

const ABOUT = "Redis replicas";

/** Checks that a failover keeps accepted events: that enough replicas have each, and on disk. */
export async function checkReplicas(
  redis: RedisConnection,
  { redisUrl, redisReplicasMin }: Pick<EngineConfig, "redisUrl" | "redisReplicasMin">,
): Promise<readonly Finding[]> {
  if (redisReplicasMin === 0) return checkUnconfirmed(redisUrl);
  try {
    await redis.call("WAIT", ["0", "0"]);
    const { replicas, replicasToWrite } = await readReplication(redis);
    return [
      ...checkCount(replicas, redisReplicasMin),
      ...replicas.flatMap(checkReplica),
      ...checkReplicasToWrite(replicasToWrite, redisReplicasMin),
    ];
  } catch (error) {
    const todo = "Allow its user the commands WAIT, INFO and CONFIG GET";
    return [problem(ABOUT, errorText(error), todo)];
  }
}

function checkUnconfirmed(redisUrl: string | undefined): readonly Finding[] {
  if (redisUrl === undefined || redisNodesOf(redisUrl) === undefined) return [];
  const found = "REDIS_REPLICAS_MIN is 0: a failover loses accepted events that no replica has yet";
  return [warning(ABOUT, found, "Set REDIS_REPLICAS_MIN to the number of replicas of a master")];
}

function checkCount(replicas: readonly Replica[], replicasMin: number): readonly Finding[] {
  const found = `${replicas.length} in step, and REDIS_REPLICAS_MIN is ${replicasMin}`;
  if (replicas.length >= replicasMin) return [ok(ABOUT, found)];
  return [
    problem(ABOUT, `${found}: events are refused`, "Start replicas, or lower REDIS_REPLICAS_MIN"),
  ];
}

function checkReplica({ name, settings }: Replica): readonly Finding[] {
  const about = `Redis replica ${name}`;
  if (settings === undefined) {
    const found = "hides its settings: it may lose accepted events in a crash";
    return [warning(about, found, "Allow CONFIG GET there, or check the settings yourself")];
  }
  const isDurable =
    settings.get("appendonly") === "yes" && settings.get("appendfsync") === "always";
  if (isDurable) return [];
  const shown = ["appendonly", "appendfsync"]
    .map((setting) => `${setting} ${settings.get(setting) ?? "unknown"}`)
    .join(", ");
  return [
    warning(
      about,
      `${shown}: it confirms events before they are on its disk`,
      "Set `appendonly yes` and `appendfsync always` there, as on the primary",
    ),
  ];
}

function checkReplicasToWrite(
  replicasToWrite: number | undefined,
  replicasMin: number,
): readonly Finding[] {
  if (replicasToWrite === undefined || replicasToWrite >= replicasMin) return [];
  return [
    warning(
      "Redis min-replicas-to-write",
      `${replicasToWrite}: without its replicas, Redis goes on appending events that are then refused`,
      `Set \`min-replicas-to-write ${replicasMin}\`, with CONFIG SET and in its configuration file`,
    ),
  ];
}
