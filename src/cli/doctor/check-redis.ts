import type { EngineConfig } from "../../config/config.ts";
import { errorText } from "../../errors.ts";
import { isRedisCluster, serverAddress } from "../../server-address.ts";
import type { GroupKey } from "../../stream/consumer-group.ts";
import { REDIS_VERSION_MIN } from "../../stream/inspect/check-redis.ts";
import { clocksKey, readClockNotes } from "../../stream/inspect/clock-notes.ts";
import { findRefusedCommands } from "../../stream/inspect/find-refused-commands.ts";
import { notedLosses } from "../../stream/inspect/loss-notes.ts";
import { readServer, type ServerFacts } from "../../stream/inspect/read-server.ts";
import { findWeaknesses, readSettings } from "../../stream/inspect/redis-settings.ts";
import { keyBeside } from "../../stream/key-beside.ts";
import { connectionRemedy } from "../../stream/redis/connection-failure.ts";
import { readClock } from "../../stream/redis/redis-clock.ts";
import type { RedisConnection } from "../../stream/redis/redis-connection.ts";
import { shardLengthMax } from "../../stream/stream-marks.ts";
import { isUsageError, type Servers } from "../servers.ts";
import { checkProcessClocks, checkServerClock } from "./check-clocks.ts";
import { checkGroups } from "./check-groups.ts";
import { checkLosses } from "./check-losses.ts";
import { checkMemory } from "./check-memory.ts";
import { checkReplicas } from "./check-replicas.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";

const ABOUT = "Redis";
/** The engine uses these only to check Redis. */
const OPTIONAL_COMMANDS = ["INFO", "CONFIG GET", "TIME"];

/** Checks that Redis is reachable, keeps what it acknowledges, and lets the engine work. */
export async function checkRedis(servers: Servers): Promise<readonly Finding[]> {
  try {
    const address = serverAddress(servers.redisUrl);
    const reached = await servers.reachRedis();
    if (typeof reached !== "string") return await checkReached(reached, servers, address);
    return [problem(ABOUT, `cannot connect to ${address}: ${reached}`, connectTodo(reached))];
  } catch (error) {
    if (isUsageError(error)) return [missingServer(ABOUT, error.message)];
    return [problem(ABOUT, errorText(error), "Start it, or correct REDIS_URL")];
  }
}

/** No server is configured, and no engine runs here. The message says what to do after a colon. */
export function missingServer(about: string, message: string): Finding {
  const [found = "", ...rest] = message.split(": ");
  const todo = rest.join(": ");
  return problem(about, found, `${todo.charAt(0).toUpperCase()}${todo.slice(1)}`);
}

function connectTodo(why: string): string {
  return (
    connectionRemedy(why) ??
    "Start it, correct REDIS_URL, or check the network and firewalls in between"
  );
}

async function checkReached(
  redis: RedisConnection,
  { config, key }: Servers,
  host: string,
): Promise<readonly Finding[]> {
  return [
    ...(await checkMaster(redis, { config, key, host })),
    ...(await checkClocks(redis, key)),
    ...(await checkGroups(redis, { ...config, streamLengthMax: shardLengthMax(config) })),
    ...(await checkNotedLosses(redis, key)),
  ];
}

interface CheckedMaster {
  readonly config: EngineConfig;
  /** Of a shard that it has. */
  readonly key: GroupKey;
  readonly host: string;
}

/** Checks one server: its version, settings, replicas and memory, and the rights of the engine's user there. */
export async function checkMaster(
  redis: RedisConnection,
  { config, key, host }: CheckedMaster,
): Promise<readonly Finding[]> {
  const facts = await readServer(redis);
  const settings = await readSettings(redis);
  const { redisUrl, redisReplicasMin } = config;
  const isCluster = redisUrl !== undefined && isRedisCluster(redisUrl);
  const refused = await findRefusedCommands(redis, key, {
    isCluster,
    replicasMin: redisReplicasMin,
  });
  return [
    ...checkServer(facts, host),
    ...checkSettings(settings),
    ...(await checkReplicas(redis, config)),
    ...(facts === undefined ? [] : [checkMemory(facts)]),
    checkPermissions(refused, [key.stream, keyBeside(key.stream, "*")]),
  ];
}

/** Losses that are not in PostgreSQL yet. */
export async function checkNotedLosses(
  redis: RedisConnection,
  key: GroupKey,
): Promise<readonly Finding[]> {
  const noted = await notedLosses(redis, key).catch(() => []);
  return noted.length === 0 ? [] : [checkLosses(noted)];
}

function checkServer(facts: ServerFacts | undefined, host: string): readonly Finding[] {
  if (facts === undefined) {
    return [
      warning(ABOUT, `${host} answers but hides its version`, "Allow its user the INFO command"),
    ];
  }
  const version = facts.get("redis_version") ?? "unknown";
  if (Number.parseInt(version, 10) < REDIS_VERSION_MIN) {
    const todo = `Upgrade it to ${REDIS_VERSION_MIN}.0 or newer`;
    return [problem(ABOUT, `${host} has version ${version}, which is too old`, todo)];
  }
  return [ok(ABOUT, `${host} has version ${version}`), checkRole(facts), checkDisk(facts)];
}

function checkRole(facts: ServerFacts): Finding {
  const about = "Redis role";
  if (facts.get("role") !== "slave") return ok(about, "primary");
  return problem(about, "replica, which accepts no writes", "Set REDIS_URL to the primary");
}

function checkDisk(facts: ServerFacts): Finding {
  const about = "Redis disk";
  const failed = [
    "aof_last_write_status",
    "aof_last_bgrewrite_status",
    "rdb_last_bgsave_status",
  ].filter((name) => (facts.get(name) ?? "ok") !== "ok");
  if (failed.length === 0) return ok(about, "the last writes succeeded");
  const found = `the last writes failed (${failed.join(", ")}): it may refuse events`;
  return problem(about, found, "Free space on its disk, and check its log");
}

function checkSettings(settings: ReadonlyMap<string, string> | undefined): readonly Finding[] {
  const about = "Redis persistence";
  if (settings === undefined) {
    const found = "its settings are hidden: it may lose accepted events in a crash";
    return [warning(about, found, "Allow its user CONFIG GET, or check the settings yourself")];
  }
  const weak = findWeaknesses(settings).map(
    ({ setting, value, warning: why, remedy, losesAll }) => {
      const found = `${setting} is ${value}. ${why}`;
      return losesAll ? problem(about, found, remedy) : warning(about, found, remedy);
    },
  );
  if (weak.length > 0) return weak;
  const shown = [...settings].map(([setting, value]) => `${setting} ${value}`);
  return [ok(about, shown.join(", "))];
}

function checkPermissions(refused: readonly string[], keys: readonly string[]): Finding {
  const about = "Redis rights";
  const commands = refused.join(", ");
  if (refused.length === 0) return ok(about, "all commands of the engine are allowed");
  const todo = `Allow these commands with ACL SETUSER, on the keys ${keys.join(", ")}`;
  if (refused.every((command) => OPTIONAL_COMMANDS.includes(command))) {
    return warning(about, `${commands} not allowed; the engine checks Redis with them`, todo);
  }
  return problem(about, `${commands} not allowed; the engine needs them`, todo);
}

async function checkClocks(redis: RedisConnection, key: GroupKey): Promise<readonly Finding[]> {
  const about = "Redis clock";
  const beforeMs = Date.now();
  const redisMs = await readClock(redis);
  if (redisMs === undefined) {
    const found = "Redis hides its clock: a wrong clock of the engine is not detected";
    return [warning(about, found, "Allow its user the TIME command")];
  }
  const finding = checkServerClock(about, { beforeMs, serverMs: redisMs, afterMs: Date.now() });
  try {
    const notes = await readClockNotes(redis, key);
    return [finding, ...checkProcessClocks(notes, { redisMs, clocksKey: clocksKey(key) })];
  } catch (error) {
    const todo = `Allow its user HGETALL, HSET, HDEL and EXPIRE on the key ${clocksKey(key)}`;
    return [finding, warning("engine clocks", errorText(error), todo)];
  }
}
