import { serverPids, signalServer } from "../server-signals.ts";
import { A_WHILE, type FaultKind, MOMENT } from "./fault-kind.ts";
import { slowDisk } from "./slow-disk.ts";

/** Faults of Redis. */
export const REDIS_FAULTS: readonly FaultKind[] = [
  {
    name: "Redis is killed",
    target: "redis",
    weight: 4,
    lastsMs: MOMENT,
    begin: async ({ dataDir }) => {
      signalServer(dataDir, "redis", "SIGKILL");
      return undefined;
    },
  },
  {
    name: "Redis has a slow disk and is killed",
    target: "redis",
    weight: 2,
    lastsMs: { min: 1_500, max: 4_000 },
    begin: async ({ dataDir }) => {
      const [pid] = serverPids(dataDir, "redis").parents;
      if (pid === undefined) throw new Error("Redis does not run");
      const disk = await slowDisk(pid);
      return async () => {
        signalServer(dataDir, "redis", "SIGKILL");
        disk.end();
      };
    },
  },
  {
    name: "Redis is stopped cleanly",
    target: "redis",
    weight: 1,
    lastsMs: MOMENT,
    begin: async ({ dataDir }) => {
      signalServer(dataDir, "redis", "SIGTERM");
      return undefined;
    },
  },
  {
    name: "Redis is suspended",
    target: "redis",
    weight: 3,
    lastsMs: A_WHILE,
    begin: async ({ dataDir }) => {
      signalServer(dataDir, "redis", "SIGSTOP");
      return async () => signalServer(dataDir, "redis", "SIGCONT");
    },
  },
  {
    name: "Redis closes all connections",
    target: "redis",
    weight: 2,
    lastsMs: MOMENT,
    begin: async ({ redis }) => {
      await redis.call("CLIENT", "KILL", "TYPE", "normal");
      return undefined;
    },
  },
  refusal("Redis is out of memory", "maxmemory"),
  refusal("Redis refuses writes", "min-replicas-to-write"),
  {
    name: "Redis drops its scripts",
    target: "redis",
    weight: 1,
    lastsMs: MOMENT,
    begin: async ({ redis }) => {
      await redis.script("FLUSH");
      return undefined;
    },
  },
  {
    name: "the consumer group is destroyed",
    target: "redis",
    weight: 2,
    lastsMs: MOMENT,
    begin: async ({ redis, key }) => {
      await redis.xgroup("DESTROY", key.stream, key.group);
      return undefined;
    },
  },
];

/** Sets an option to 1, with which Redis refuses writes. */
function refusal(name: string, setting: string): FaultKind {
  return {
    name,
    target: "redis",
    weight: 1,
    lastsMs: { min: 300, max: 5_000 },
    begin: async ({ redis }) => {
      await redis.config("SET", setting, "1");
      return async () => void (await redis.config("SET", setting, "0"));
    },
  };
}
