import { THREAD_FAULTS, type ThreadFault } from "../support/thread-fault.ts";
import { signalServer } from "./server-signals.ts";
import type { World } from "./world.ts";

/** What a fault befalls. Two faults never befall the same at once. */
export const TARGETS = [
  "engine",
  "second engine",
  "threads",
  "redis",
  "postgres",
  "redis network",
  "postgres network",
] as const;

export type Target = (typeof TARGETS)[number];

interface Range {
  readonly min: number;
  readonly max: number;
}

/**
 * How long a target is left alone between faults, in milliseconds. Threads and servers may die ten times
 * a minute before the supervision gives up on them, which is another test's subject.
 */
export const REST_MS: Readonly<Record<Target, Range>> = {
  engine: { min: 6_000, max: 14_000 },
  "second engine": { min: 1_000, max: 12_000 },
  threads: { min: 7_000, max: 10_000 },
  redis: { min: 7_000, max: 14_000 },
  postgres: { min: 7_000, max: 12_000 },
  "redis network": { min: 4_000, max: 14_000 },
  "postgres network": { min: 4_000, max: 12_000 },
};

/** A kind of fault. */
export interface FaultKind {
  readonly name: string;
  readonly target: Target;
  /** How often it comes, against the others of its target. */
  readonly weight: number;
  readonly lastsMs: Range;
  /** Does it; answers how to heal what does not heal by itself. */
  readonly begin: (world: World) => Promise<undefined | (() => Promise<void>)>;
}

const MOMENT: Range = { min: 0, max: 0 };
const A_WHILE: Range = { min: 300, max: 10_000 };
/** The threads of the engine. */
export const THREADS: readonly string[] = [
  "reclaimer",
  "consumer-1",
  "consumer-2",
  "ingest-1",
  "ingest-2",
];

const ENGINE_FAULTS: readonly FaultKind[] = [
  {
    name: "the engine is killed",
    target: "engine",
    weight: 3,
    lastsMs: { min: 0, max: 2_000 },
    begin: async ({ engine }) => {
      await engine.kill();
      return async () => engine.start();
    },
  },
  {
    name: "the engine is stopped by SIGTERM",
    target: "engine",
    weight: 2,
    lastsMs: { min: 0, max: 2_000 },
    begin: async ({ engine }) => {
      await engine.stop();
      return async () => engine.start();
    },
  },
  {
    name: "the engine is suspended",
    target: "engine",
    weight: 2,
    lastsMs: A_WHILE,
    begin: async ({ engine }) => {
      engine.signal("SIGSTOP");
      return async () => engine.signal("SIGCONT");
    },
  },
  {
    name: "a second engine runs, and is stopped by SIGTERM",
    target: "second engine",
    weight: 1,
    lastsMs: { min: 1_000, max: 15_000 },
    begin: async ({ secondEngine }) => {
      secondEngine.start();
      return async () => await secondEngine.stop();
    },
  },
  {
    name: "a second engine runs, and is killed",
    target: "second engine",
    weight: 1,
    lastsMs: { min: 1_000, max: 15_000 },
    begin: async ({ secondEngine }) => {
      secondEngine.start();
      return async () => await secondEngine.kill();
    },
  },
];

const REDIS_FAULTS: readonly FaultKind[] = [
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
    name: "Redis forgets its scripts",
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

/** A setting that makes Redis refuse to write while it is 1. */
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

const POSTGRES_FAULTS: readonly FaultKind[] = [
  {
    name: "PostgreSQL is killed, all of its processes",
    target: "postgres",
    weight: 3,
    lastsMs: MOMENT,
    begin: async ({ dataDir }) => {
      signalServer(dataDir, "postgres", "SIGKILL");
      return undefined;
    },
  },
  {
    name: "PostgreSQL is shut down immediately",
    target: "postgres",
    weight: 3,
    lastsMs: MOMENT,
    begin: async ({ dataDir }) => {
      signalServer(dataDir, "postgres", "SIGQUIT", "first");
      return undefined;
    },
  },
  {
    name: "PostgreSQL is suspended",
    target: "postgres",
    weight: 3,
    lastsMs: A_WHILE,
    begin: suspendPostgres,
  },
  {
    name: "PostgreSQL is suspended for long",
    target: "postgres",
    weight: 1,
    lastsMs: { min: 10_000, max: 25_000 },
    begin: suspendPostgres,
  },
  {
    name: "PostgreSQL ends all sessions",
    target: "postgres",
    weight: 3,
    lastsMs: MOMENT,
    begin: async ({ sql }) => {
      await sql`
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE application_name = 'queueflow'`;
      return undefined;
    },
  },
  {
    name: "a table of PostgreSQL is locked",
    target: "postgres",
    weight: 2,
    lastsMs: A_WHILE,
    begin: async ({ sql }) => {
      const { promise: healed, resolve: heal } = Promise.withResolvers<void>();
      const { promise: isLocked, resolve: locked } = Promise.withResolvers<void>();
      const transaction = sql.begin(async (tx) => {
        await tx`LOCK TABLE daily_site_stats IN ACCESS EXCLUSIVE MODE`;
        locked();
        await healed;
      });
      await Promise.race([isLocked, transaction]);
      return async () => {
        heal();
        await transaction;
      };
    },
  },
];

async function suspendPostgres({ dataDir }: World): Promise<() => Promise<void>> {
  signalServer(dataDir, "postgres", "SIGSTOP");
  return async () => signalServer(dataDir, "postgres", "SIGCONT");
}

const NETWORKS = [
  { target: "redis network", proxyOf: ({ redisProxy }: World) => redisProxy },
  { target: "postgres network", proxyOf: ({ postgresProxy }: World) => postgresProxy },
] as const;

const NETWORK_FAULTS: readonly FaultKind[] = NETWORKS.flatMap(({ target, proxyOf }) => [
  {
    name: `${target}: all connections are cut`,
    target,
    weight: 3,
    lastsMs: MOMENT,
    begin: async (world: World) => {
      proxyOf(world).cut();
      return undefined;
    },
  },
  ...(["refuse", "swallow replies", "swallow all"] as const).map((mode) => ({
    name: `${target}: the proxy's mode is ${mode}`,
    target,
    weight: 1,
    lastsMs: A_WHILE,
    begin: async (world: World) => {
      const proxy = proxyOf(world);
      proxy.mode = mode;
      if (mode === "refuse") proxy.cut();
      return async () => {
        proxy.mode = "pass";
        // What was swallowed is missing for good: such a connection must not be used on.
        proxy.cut();
      };
    },
  })),
  ...[5, 50, 300, 1_500].map((delayMs) => ({
    name: `${target}: all bytes are late by ${delayMs} ms`,
    target,
    weight: 0.5,
    lastsMs: A_WHILE,
    begin: async (world: World) => {
      proxyOf(world).delayMs = delayMs;
      return async () => {
        proxyOf(world).delayMs = 0;
      };
    },
  })),
]);

const THREAD_FAULT_KINDS: readonly FaultKind[] = THREADS.flatMap((child) =>
  THREAD_FAULTS.map((fault: ThreadFault) => ({
    name: `${child} shall ${fault}`,
    target: "threads" as const,
    weight: 1,
    lastsMs: MOMENT,
    begin: async ({ engine }: World) => {
      engine.strike(child, fault);
      return undefined;
    },
  })),
);

/** All kinds of fault. */
export const FAULTS: readonly FaultKind[] = [
  ...ENGINE_FAULTS,
  ...REDIS_FAULTS,
  ...POSTGRES_FAULTS,
  ...NETWORK_FAULTS,
  ...THREAD_FAULT_KINDS,
];
