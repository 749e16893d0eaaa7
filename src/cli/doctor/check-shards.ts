import type { EngineConfig } from "../../config/config.ts";
import { errorText } from "../../errors.ts";
import { isRedisCluster } from "../../server-address.ts";
import { readBacklog } from "../../stream/inspect/read-backlog.ts";
import type { RedisConnection } from "../../stream/redis/redis-connection.ts";
import type { ShardConnection } from "../../stream/shards/shard-connections.ts";
import { shardLengthMax } from "../../stream/stream-marks.ts";
import type { Servers } from "../servers.ts";
import { count } from "../text.ts";
import { checkGroups } from "./check-groups.ts";
import { checkMaster, checkNotedLosses } from "./check-redis.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";

const COVERAGE = "cluster-require-full-coverage";

/** Checks the shards after the first, and on a Redis Cluster their servers too. */
export async function checkShards(servers: Servers): Promise<readonly Finding[]> {
  try {
    // The findings about Redis say why it is not reached.
    return typeof (await servers.reachRedis()) === "string" ? [] : await checkReached(servers);
  } catch {
    return [];
  }
}

async function checkReached(servers: Servers): Promise<readonly Finding[]> {
  const { config } = servers;
  const all = await servers.allShards();
  const isCluster = isRedisCluster(servers.redisUrl);
  const own = all.slice(0, config.shards);
  const findings = await Promise.all([
    ...(isCluster ? own : []).slice(0, 1).map(async ({ redis }) => await checkCoverage(redis)),
    ...own.slice(1).map(async (shard) => await checkShard(shard, { config, isCluster })),
    ...all.slice(config.shards).map(async (shard) => await checkBeyond(shard, config)),
  ]);
  return findings.flat();
}

async function checkShard(
  shard: ShardConnection,
  { config, isCluster }: { readonly config: EngineConfig; readonly isCluster: boolean },
): Promise<readonly Finding[]> {
  const { redis, key } = shard;
  const { stream } = key;
  try {
    const ofServer = isCluster ? await checkMaster(redis, { config, key, host: "its master" }) : [];
    const limits = { ...key, streamLengthMax: shardLengthMax(config) };
    const ofGroup = await checkGroups(redis, limits);
    const losses = await checkNotedLosses(redis, key);
    return [...ofServer, ...ofGroup, ...losses].map((finding) => ({
      ...finding,
      found: `${stream}: ${finding.found}`,
    }));
  } catch (error) {
    return [unreachable(stream, error)];
  }
}

/** Of a shard that producers once had, and that this configuration lacks. */
async function checkBeyond(
  { redis, key }: ShardConnection,
  { shards }: EngineConfig,
): Promise<readonly Finding[]> {
  const about = "former shard";
  try {
    const { entries } = await readBacklog(redis, key);
    if (entries === 0)
      return [ok(about, `${key.stream} is empty, and not counted by REDIS_SHARDS`)];
    const found = `${count(entries, "event")} in ${key.stream} not yet stored, which REDIS_SHARDS=${shards} does not count`;
    const todo =
      "Keep an engine with consumers running, which stores them, or set REDIS_SHARDS as where it was largest";
    return [warning(about, found, todo)];
  } catch (error) {
    return [unreachable(key.stream, error)];
  }
}

function unreachable(stream: string, error: unknown): Finding {
  const todo = "Start its master, or let its replica take over; others take its events meanwhile";
  return problem("shard", `${stream}: ${errorText(error)}`, todo);
}

/** A user without the right to ask gets no finding. */
async function checkCoverage(redis: RedisConnection): Promise<readonly Finding[]> {
  const reply: unknown = await redis.call("CONFIG", ["GET", COVERAGE]).catch(() => undefined);
  const value: unknown = Array.isArray(reply) ? reply[1] : undefined;
  if (typeof value !== "string") return [];
  const found = `${COVERAGE} is ${value}`;
  if (value === "no") return [ok("Redis Cluster", found)];
  const why = `${found}: while one master is away, all others refuse events too`;
  const todo = `Set \`${COVERAGE} no\` on every node, with CONFIG SET and in its configuration file`;
  return [warning("Redis Cluster", why, todo)];
}
