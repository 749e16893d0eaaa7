import { mirrorKey } from "../access/mirror.ts";
import { quotaKey } from "../access/quota-counts.ts";
import type { GroupKey } from "../consumer-group.ts";
import type { RedisConnection } from "../redis/redis-connection.ts";
import { announcedKey } from "../shards/announced-shards.ts";
import { trialsKey } from "../trial-notes.ts";
import { saltPrefix, saltsKey } from "../visitors/salt-keys.ts";
import { watchKey } from "./stream-state.ts";

export interface RefusedCommandsOptions {
  readonly isCluster?: boolean;
  readonly replicasMin?: number;
}

/**
 * Sends each of the engine's commands in a form that changes nothing: it reads, or has arguments that Redis refuses after it has
 * checked the user's rights. Unlike `ACL DRYRUN`, this needs no right of its own.
 */
export async function findRefusedCommands(
  redis: RedisConnection,
  key: GroupKey,
  { isCluster = false, replicasMin = 0 }: RefusedCommandsOptions = {},
): Promise<readonly string[]> {
  const refused: string[] = [];
  const commands = [
    ...harmlessCommands(key),
    ...(replicasMin > 0 ? [["WAIT", "0", "0"] as const] : []),
    // ASKING concerns the next command, which asks for no key.
    ...(isCluster ? [["ASKING"] as const, ["CLUSTER", "SLOTS"] as const] : []),
  ];
  for (const [command, ...args] of commands) {
    if (await isRefused(redis, { command, args })) refused.push(nameOf(command, args));
  }
  return [...new Set(refused)];
}

type CommandLine = readonly [command: string, ...args: string[]];

function harmlessCommands(key: GroupKey): readonly CommandLine[] {
  const { stream, group } = key;
  const trials = trialsKey(key);
  const watch = watchKey(key);
  const mirror = mirrorKey(stream);
  const salts = saltsKey(stream);
  const salt = `${saltPrefix(stream)}none`;
  const noId = "no-id";
  const consumer = "doctor";
  return [
    ["PING"],
    ["TIME"],
    ["INFO", "server"],
    ["CONFIG", "GET", "appendonly"],
    ["EVAL", "return 0", "1", stream],
    ["EVALSHA", "0000000000000000000000000000000000000000", "1", stream],
    ["EXISTS", stream],
    ["XLEN", stream],
    ["XADD", stream, "0-0", "field", "value"],
    ["XRANGE", stream, "-", "+", "COUNT", "1"],
    ["XREVRANGE", stream, "+", "-", "COUNT", "1"],
    ["XTRIM", stream, "MINID", noId],
    ["XINFO", "STREAM", stream],
    ["XINFO", "GROUPS", stream],
    ["XINFO", "CONSUMERS", stream, group],
    ["XGROUP", "CREATE", stream, group, noId],
    ["XGROUP", "SETID", stream, `${group}:none`, "0"],
    ["PERSIST", `${watch}:none`],
    ["XGROUP", "DELCONSUMER", stream, `${group}:none`, consumer],
    ["XREADGROUP", "GROUP", `${group}:none`, consumer, "STREAMS", stream, noId],
    ["XPENDING", stream, group],
    ["XACK", stream, group, noId],
    ["XDEL", stream, noId],
    ["XCLAIM", stream, `${group}:none`, consumer, "0", noId],
    ["XAUTOCLAIM", stream, `${group}:none`, consumer, "0", noId],
    ["HGETALL", trials],
    ["HSET", trials, "field", "value", "field without one"],
    ["HDEL", `${trials}:none`, "field"],
    ["HINCRBY", quotaKey(stream, "none"), "field", "no number"],
    ["EXPIRE", trials, "no number"],
    ["HGET", watch, "state"],
    ["HLEN", watch],
    ["HSET", watch, "field", "value", "field without one"],
    ["HMGET", mirror, "version"],
    ["HEXISTS", mirror, "version"],
    ["SET", salt, "value", "PXAT", "no number"],
    ["MGET", salt],
    ["DEL", salt],
    ["ZADD", salts, "no number", "member"],
    ["ZRANGE", salts, "0", "0"],
    ["ZRANGEBYSCORE", salts, "no number", "0"],
    ["ZREM", `${salts}:none`, "member"],
    ["ZRANGE", announcedKey(stream), "0", "0"],
  ];
}

async function isRefused(
  redis: RedisConnection,
  { command, args }: { command: string; args: readonly string[] },
): Promise<boolean> {
  try {
    await redis.call(command, [...args]);
    return false;
  } catch (error) {
    // Some managed servers report an unknown command.
    return error instanceof Error && /^NOPERM |unknown (sub)?command/i.test(error.message);
  }
}

function nameOf(command: string, args: readonly string[]): string {
  const isContainer = ["CLUSTER", "CONFIG", "XINFO", "XGROUP"].includes(command);
  return isContainer ? `${command} ${args[0] ?? ""}` : command;
}
