import type { ServersAnswer, ServersRequest } from "./servers-worker.ts";

/** The first start makes a PostgreSQL cluster, and on a new machine installs Redis before. */
export const SERVERS_START_TIMEOUT_MS = 240_000;

/** Where the servers of this run are. */
export interface TestServers {
  readonly redisUrl: string;
  readonly databaseUrl: string;
}

interface RunningServers extends TestServers, AsyncDisposable {}

let started: Promise<RunningServers> | undefined;

/** The one Redis and the one PostgreSQL of this run of the tests, started by the first who asks. */
export async function testServers(): Promise<TestServers> {
  started ??= start({ redis: true, postgres: true });
  return await started;
}

/** Stops them when they were started; `preload.ts` calls it at the end of the run. */
export async function stopTestServers(): Promise<void> {
  const servers = await started;
  await servers?.[Symbol.asyncDispose]();
}

/** A Redis of a test's own, to be killed, stopped or filled up; `await using` stops it. */
export async function ownRedis(): Promise<AsyncDisposable & { readonly redisUrl: string }> {
  return await start({ redis: true, postgres: false });
}

/** A PostgreSQL of a test's own, to be killed or stopped; `await using` stops it. */
export async function ownPostgres(): Promise<AsyncDisposable & { readonly databaseUrl: string }> {
  return await start({ redis: false, postgres: true });
}

/**
 * Starts servers in a thread of their own: when a test takes too long, Bun 1.4.5 ends every process
 * that the tests' thread has started, and the tests after it would find no servers.
 */
async function start(which: { redis: boolean; postgres: boolean }): Promise<RunningServers> {
  const worker = new Worker(new URL("./servers-worker.ts", import.meta.url).href);
  worker.unref();
  const answer = await ask(worker, { ask: "start", ...which });
  if (answer.answer !== "started") throw new Error("The servers did not start");
  return {
    redisUrl: answer.redisUrl,
    databaseUrl: answer.databaseUrl,
    async [Symbol.asyncDispose]() {
      await ask(worker, { ask: "stop" });
      worker.terminate();
    },
  };
}

async function ask(worker: Worker, request: ServersRequest): Promise<ServersAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<ServersAnswer>();
  const once = { once: true };
  const onMessage = ({ data }: MessageEvent<ServersAnswer>): void => {
    if (data.answer === "failed") reject(new Error(data.problem));
    else resolve(data);
  };
  worker.addEventListener("message", onMessage, once);
  worker.addEventListener("error", ({ message }) => reject(new Error(message)), once);
  worker.postMessage(request);
  return await promise;
}
