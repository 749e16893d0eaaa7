import { join } from "node:path";
import { Redis } from "ioredis";
import { serversIn } from "../../src/embedded/running-servers.ts";
import {
  type EmbeddedOptions,
  type EmbeddedServers,
  startEmbedded,
} from "../../src/embedded/start-embedded.ts";
import type { QueueFlowError } from "../../src/errors.ts";
import { connectPostgres } from "../support/connect.ts";
import { type LogRecord, recordingLog } from "../support/recording-log.ts";

/** Starts both servers on `dataDir` by default; throws the error of one that keeps exiting. */
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

/** Returns the rejection of a promise. Throws when it is fulfilled. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  const fulfilled = Symbol("fulfilled");
  const outcome = await promise.then(
    () => fulfilled,
    (thrown: unknown) => thrown,
  );
  if (outcome === fulfilled) throw new Error("Expected the promise to be rejected");
  return outcome;
}

/** A connection without retries. */
export function redisClient(url: string | undefined): Redis & AsyncDisposable {
  const redis = new Redis(url ?? "", { maxRetriesPerRequest: 0, retryStrategy: () => null });
  redis.on("error", () => undefined); // Each command rejects by itself.
  return Object.assign(redis, {
    [Symbol.asyncDispose]: async () => redis.disconnect(),
  });
}

/** Runs one statement on a new connection. */
export async function query(url: string | undefined, statement: string): Promise<unknown[]> {
  const sql = connectPostgres(url ?? "", { max: 1 });
  try {
    return [...(await sql.unsafe(statement))];
  } finally {
    await sql.end();
  }
}

/** Returns the process id of a server from its latest log record. */
export function serverPid(records: readonly LogRecord[], server: "redis" | "postgres"): number {
  const told = records.filter(
    ({ fields, sentence }) =>
      fields["server"] === server && /^Embedded server (ready|recovered)$/.test(sentence),
  );
  return Number(told.at(-1)?.fields["pid"]);
}

/** Returns the ids of the server processes of a data folder. */
export function serversOf(dataDir: string): readonly number[] {
  const redis = serversIn(join(dataDir, "redis"), ["redis-server", "valkey-server"]);
  const database = serversIn(join(dataDir, "postgres"), ["postgres"]);
  return [...redis, ...database].map(({ pid }) => pid);
}

/** Starts an engine in its own process group, killed at the end of the scope. */
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
    /** Resolves with its output once its servers are ready, or with an empty string when it exits first. */
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
