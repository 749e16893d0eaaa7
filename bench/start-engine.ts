import type { GroupKey } from "../src/stream/consumer-group.ts";
import { ENGINE, type Engine, startEngine } from "../test/support/engine.ts";
import { pinned } from "./machine/pin.ts";
import type { BenchServers } from "./servers.ts";

/** Stream and group of every measurement, removed before the next one. */
export const KEY = { stream: "events_stream", group: "analytics_workers" } as const;

/** One ingest thread and no consumer, which would share its core. */
export const ONE_INGEST_THREAD = { INGEST_WORKERS: "1", CONSUMER_WORKERS: "0" } as const;

export interface BenchEngineOptions {
  readonly cores: string;
  readonly databaseUrl: string;
  /** Variables that differ from the defaults. */
  readonly env?: Readonly<Record<string, string>>;
  /** This checkout's engine by default. */
  readonly command?: readonly string[];
  /** `KEY` by default. */
  readonly key?: GroupKey;
}

/** Starts an engine from source on these cores; `await using` stops it. */
export async function startBenchEngine(
  { redisUrl }: BenchServers,
  { cores, databaseUrl, env, command = ENGINE, key = KEY }: BenchEngineOptions,
): Promise<Engine> {
  return await startEngine({
    command: pinned(cores, command),
    env: {
      REDIS_URL: redisUrl,
      REDIS_STREAM: key.stream,
      REDIS_GROUP: key.group,
      DATABASE_URL: databaseUrl,
      ...env,
    },
  });
}
