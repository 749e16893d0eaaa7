import { ENGINE, type Engine, startEngine } from "../test/support/engine.ts";
import { pinned } from "./machine/pin.ts";
import type { BenchServers } from "./servers.ts";

/** The stream and the group of every measurement; those of one are removed before the next. */
export const KEY = { stream: "events_stream", group: "analytics_workers" } as const;

/** An engine that only accepts and answers, with one thread: what else it does would share the thread's core. */
export const ONE_INGEST_THREAD = { INGEST_WORKERS: "1", CONSUMER_WORKERS: "0" } as const;

/** Where an engine runs and on what. */
export interface BenchEngineOptions {
  readonly cores: string;
  readonly databaseUrl: string;
  /** What differs from its defaults. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts an engine as a clone runs it, on these cores; `await using` ends it. */
export async function startBenchEngine(
  { redisUrl }: BenchServers,
  { cores, databaseUrl, env }: BenchEngineOptions,
): Promise<Engine> {
  return await startEngine({
    command: pinned(cores, ENGINE),
    env: { REDIS_URL: redisUrl, DATABASE_URL: databaseUrl, ...env },
  });
}
