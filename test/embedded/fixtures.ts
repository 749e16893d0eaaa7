import { join } from "node:path";
import { Redis } from "ioredis";
import postgres from "postgres";
import { serversIn } from "../../src/embedded/running-servers.ts";
import {
  type EmbeddedOptions,
  type EmbeddedServers,
  startEmbedded,
} from "../../src/embedded/start-embedded.ts";
import type { QueueFlowError } from "../../src/errors.ts";
import { type LogRecord, recordingLog } from "../support/recording-log.ts";

/** Both servers on `dataDir`, unless told otherwise; a fatal end of one is thrown. */
export function startBoth(
  dataDir: string,
  options: Partial<EmbeddedOptions> = {},
): Promise<EmbeddedServers> {
  return startEmbedded({
    dataDir,
    redis: true,
    postgres: true,
    log: recordingLog().log,
    onFatal,
    ...options,
  });
}

function onFatal(error: QueueFlowError): never {
  throw error;
}

/** What a promise is rejected with; an error when it is not. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  const fulfilled = Symbol("fulfilled");
  const outcome = await promise.then(
    () => fulfilled,
    (thrown: unknown) => thrown,
  );
  if (outcome === fulfilled) throw new Error("Expected the promise to be rejected");
  return outcome;
}

/** A connection that fails at once instead of trying again. */
export function redisClient(url: string | undefined): Redis & AsyncDisposable {
  const redis = new Redis(url ?? "", { maxRetriesPerRequest: 0, retryStrategy: () => null });
  redis.on("error", () => undefined); // Every command rejects by itself.
  return Object.assign(redis, {
    [Symbol.asyncDispose]: async () => redis.disconnect(),
  });
}

/** Runs one statement on a connection of its own. */
export async function query(url: string | undefined, statement: string): Promise<unknown[]> {
  const sql = postgres(url ?? "", { max: 1, onnotice: () => undefined });
  try {
    return [...(await sql.unsafe(statement))];
  } finally {
    await sql.end();
  }
}

/** The process that the log told of last for a server. */
export function serverPid(records: readonly LogRecord[], server: "redis" | "postgres"): number {
  const told = records.filter(
    ({ fields, sentence }) => fields["server"] === server && sentence.includes("is ready"),
  );
  return Number(told.at(-1)?.fields["pid"]);
}

/** The ids of the server processes that work in a data folder. */
export function serversOf(dataDir: string): readonly number[] {
  const redis = serversIn(join(dataDir, "redis"), ["redis-server", "valkey-server"]);
  const database = serversIn(join(dataDir, "postgres"), ["postgres"]);
  return [...redis, ...database].map(({ pid }) => pid);
}

/** An engine in a process and a process group of its own, killed at the end of the scope. */
export function spawnEngine(dataDir: string) {
  const script = join(import.meta.dir, "engine-to-kill.ts");
  const child = Bun.spawn([process.execPath, script, dataDir], {
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  return {
    pid: child.pid,
    exited: child.exited,
    errors: () => new Response(child.stderr).text(),
    /** What it says once its servers are ready; empty when it ended before. */
    async said(): Promise<string> {
      for await (const chunk of child.stdout) return new TextDecoder().decode(chunk);
      return "";
    },
    async kill(signal: NodeJS.Signals): Promise<void> {
      process.kill(-child.pid, signal);
      await child.exited;
    },
    [Symbol.dispose]: () => child.kill("SIGKILL"),
  };
}
