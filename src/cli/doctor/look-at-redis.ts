import type { EngineConfig } from "../../config/config.ts";
import { errorText, QueueFlowError } from "../../errors.ts";
import type { GroupKey } from "../../stream/consumer-group.ts";
import { REDIS_VERSION_MIN } from "../../stream/inspect/check-redis.ts";
import { clocksKey, readClockNotes } from "../../stream/inspect/clock-notes.ts";
import { findRefusedCommands } from "../../stream/inspect/find-refused-commands.ts";
import { notedLosses } from "../../stream/inspect/loss-notes.ts";
import { readServer, type ServerFacts } from "../../stream/inspect/read-server.ts";
import { findWeaknesses, readSettings } from "../../stream/inspect/redis-settings.ts";
import { watchKey } from "../../stream/inspect/stream-state.ts";
import { readClock } from "../../stream/redis/redis-clock.ts";
import {
  closeRedisConnection,
  type RedisConnection,
  waitUntilReady,
} from "../../stream/redis/redis-connection.ts";
import { trialsKey } from "../../stream/trial-notes.ts";
import { findRedisUrl } from "../find-servers.ts";
import { reachRedis } from "../reach-redis.ts";
import { type Finding, notFound, ok, problem, warning } from "./finding.ts";
import { lookAtClock, lookAtProcessClocks } from "./look-at-clock.ts";
import { lookAtGroups } from "./look-at-groups.ts";
import { lookAtLosses } from "./look-at-losses.ts";
import { lookAtMemory } from "./look-at-memory.ts";

const READY_MS_MAX = 3_000;
const ABOUT = "Redis";

/** Looks at the Redis in use: whether it answers, keeps what it says it has, and lets the engine do its work. */
export async function lookAtRedis(config: EngineConfig): Promise<readonly Finding[]> {
  let redis: RedisConnection | undefined;
  try {
    const url = findRedisUrl(config);
    const { host } = new URL(url);
    const reached = reachRedis(url);
    ({ redis } = reached);
    await waitUntilReady(redis, READY_MS_MAX);
    if (redis.status !== "ready") return [unreachable(host, await reached.why())];
    return await lookInside(redis, { config, host });
  } catch (error) {
    if (error instanceof QueueFlowError && error.code === "invalid_config") {
      return [notFound(ABOUT, error)];
    }
    const todo = "Start it, or correct REDIS_URL";
    return [problem(ABOUT, errorText(error), todo)];
  } finally {
    if (redis !== undefined) await closeRedisConnection(redis);
  }
}

function unreachable(host: string, why: string): Finding {
  return problem(ABOUT, `${host} cannot be reached: ${why}`, unreachableTodo(why));
}

function unreachableTodo(why: string): string {
  if (/NOAUTH|WRONGPASS|NOPERM/.test(why)) return "Correct the user and the password in REDIS_URL";
  if (/certificate/.test(why)) {
    return "Set NODE_EXTRA_CA_CERTS to the file of the CA's certificate, and use the certificate's host name";
  }
  return "Start it, correct REDIS_URL, or open the way to it";
}

async function lookInside(
  redis: RedisConnection,
  { config, host }: { config: EngineConfig; host: string },
): Promise<readonly Finding[]> {
  const key = { stream: config.stream, group: config.group };
  const facts = await readServer(redis);
  const settings = await readSettings(redis);
  return [
    ...lookAtServer(facts, host),
    ...lookAtSettings(settings),
    ...(facts === undefined ? [] : [lookAtMemory(facts)]),
    lookAtRights(await findRefusedCommands(redis, key), [
      key.stream,
      trialsKey(key),
      clocksKey(key),
      watchKey(key),
    ]),
    ...(await lookAtClocks(redis, key)),
    ...(await lookAtGroups(redis, config)),
    ...(await lookAtNotedLosses(redis, key)),
  ];
}

/** Losses that PostgreSQL does not have yet: it is away, or has not been asked since. */
async function lookAtNotedLosses(
  redis: RedisConnection,
  key: GroupKey,
): Promise<readonly Finding[]> {
  const noted = await notedLosses(redis, key).catch(() => []);
  return noted.length === 0 ? [] : [lookAtLosses(noted)];
}

function lookAtServer(facts: ServerFacts | undefined, host: string): readonly Finding[] {
  if (facts === undefined) {
    const todo = "Let its user give the command INFO";
    return [warning(ABOUT, `${host} answers, and does not tell its version`, todo)];
  }
  const version = facts.get("redis_version") ?? "unknown";
  if (Number.parseInt(version, 10) < REDIS_VERSION_MIN) {
    const todo = `Upgrade it to ${REDIS_VERSION_MIN}.0 or newer`;
    return [problem(ABOUT, `${host} has version ${version}, which is too old`, todo)];
  }
  return [ok(ABOUT, `${host} has version ${version}`), lookAtRole(facts), lookAtWrites(facts)];
}

function lookAtRole(facts: ServerFacts): Finding {
  const about = "Redis role";
  if (facts.get("role") !== "slave") return ok(about, "a primary, which takes writes");
  return problem(about, "a replica, which takes no writes", "Set REDIS_URL to the primary");
}

function lookAtWrites(facts: ServerFacts): Finding {
  const about = "Redis disk";
  const failed = [
    "aof_last_write_status",
    "aof_last_bgrewrite_status",
    "rdb_last_bgsave_status",
  ].filter((name) => (facts.get(name) ?? "ok") !== "ok");
  if (failed.length === 0) return ok(about, "its last writes went well");
  const todo = "Free space on its disk, and see its log";
  return problem(
    about,
    `its last writes failed (${failed.join(", ")}), and it may refuse events`,
    todo,
  );
}

function lookAtSettings(settings: ReadonlyMap<string, string> | undefined): readonly Finding[] {
  const about = "Redis persistence";
  if (settings === undefined) {
    const found = "it does not tell its settings: whether an accepted event outlives it is unknown";
    return [warning(about, found, "Let its user give the command CONFIG GET, or look yourself")];
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

/** Tells what the user of the engine is refused on its keys. */
function lookAtRights(refused: readonly string[], keys: readonly string[]): Finding {
  const about = "Redis rights";
  const onlyAsking = ["INFO", "CONFIG GET", "TIME"];
  const commands = refused.join(", ");
  if (refused.length === 0) return ok(about, "every command of the engine");
  const todo = `ACL SETUSER: give it these commands, on the keys ${keys.join(", ")}`;
  if (refused.every((command) => onlyAsking.includes(command))) {
    return warning(about, `it is refused ${commands}, by which the engine checks Redis`, todo);
  }
  return problem(about, `it is refused ${commands}, which the engine needs`, todo);
}

async function lookAtClocks(redis: RedisConnection, key: GroupKey): Promise<readonly Finding[]> {
  const beforeMs = Date.now();
  const redisMs = await readClock(redis);
  if (redisMs === undefined) {
    const found = "Redis does not tell its clock: a wrong clock of the engine is not noticed";
    return [warning("Redis clock", found, "Let its user give the command TIME")];
  }
  const ofRedis = lookAtClock("Redis clock", { beforeMs, serverMs: redisMs, afterMs: Date.now() });
  try {
    const notes = await readClockNotes(redis, key);
    return [ofRedis, ...lookAtProcessClocks(notes, { redisMs, clocksKey: clocksKey(key) })];
  } catch (error) {
    const todo = `Let its user give HGETALL, HSET, HDEL and EXPIRE on the key ${clocksKey(key)}`;
    return [ofRedis, warning("engine clocks", errorText(error), todo)];
  }
}
