import { TEST_POSTGRES } from "./oldest-postgres.ts";
import { TEMPLATE_VARIABLE } from "./postgres-template.ts";
import type {
  ServersOrder,
  ServersReply,
  ServersRequest,
  ServersToStart,
} from "./servers-thread.ts";

/** The first start creates a PostgreSQL cluster, and on a new machine installs Redis first. */
export const SERVERS_START_TIMEOUT_MS = 240_000;

/** How `test/main.ts` passes the shared servers of a test process. */
export const SERVER_VARIABLES = {
  redisUrl: "TEST_REDIS_URL",
  databaseUrl: "TEST_DATABASE_URL",
} as const;

export interface TestServers {
  readonly redisUrl: string;
  readonly databaseUrl: string;
}

export interface RunningServers extends TestServers, AsyncDisposable {
  /** Holds the servers' data; removed when this process ends. */
  readonly dataDir: string;
}

let shared: Promise<TestServers & Partial<AsyncDisposable>> | undefined;

/** Returns the Redis and PostgreSQL that the tests of this process share. The first call starts them. */
export async function testServers(): Promise<TestServers> {
  shared ??= givenServers() ?? startServers({ redis: true, postgres: postgresVersion() });
  return await shared;
}

/** Stops the shared servers if this process started them. */
export async function stopTestServers(): Promise<void> {
  await (await shared)?.[Symbol.asyncDispose]?.();
}

/** Starts a Redis that a test may kill, suspend or fill; `await using` stops it. */
export async function ownRedis(): Promise<RunningServers> {
  return await startServers({ redis: true });
}

/** Starts a PostgreSQL that a test may kill or suspend; `await using` stops it. */
export async function ownPostgres(): Promise<RunningServers> {
  return await startServers({ postgres: postgresVersion() });
}

function postgresVersion(): "newest" | "oldest" {
  return Bun.env[TEST_POSTGRES] === "oldest" ? "oldest" : "newest";
}

function givenServers(): Promise<TestServers> | undefined {
  const redisUrl = Bun.env[SERVER_VARIABLES.redisUrl];
  const databaseUrl = Bun.env[SERVER_VARIABLES.databaseUrl];
  if (redisUrl === undefined || databaseUrl === undefined) return undefined;
  return Promise.resolve({ redisUrl, databaseUrl });
}

/** Starts servers as the engine starts its embedded ones. The URL of a server that was not requested is empty. */
export async function startServers(which: ServersToStart): Promise<RunningServers> {
  const {
    request: started,
    redisUrl = "",
    databaseUrl = "",
    dataDir = "",
  } = await request({
    type: "start",
    template: Bun.env[TEMPLATE_VARIABLE],
    ...which,
  });
  return {
    redisUrl,
    databaseUrl,
    dataDir,
    async [Symbol.asyncDispose]() {
      await request({ type: "stop", started });
    },
  };
}

let thread: Worker | undefined;
let requests = 0;
const pending = new Map<number, PromiseWithResolvers<ServersReply>>();

/**
 * Servers run in a thread: when a test times out, Bun 1.4.5 kills every process that the tests' thread started, and the
 * following tests would find no servers.
 */
async function request(order: ServersOrder): Promise<ServersReply> {
  thread ??= openThread();
  requests += 1;
  const reply = Promise.withResolvers<ServersReply>();
  pending.set(requests, reply);
  thread.postMessage({ ...order, request: requests } satisfies ServersRequest);
  return await reply.promise;
}

function openThread(): Worker {
  const worker = new Worker(new URL("./servers-thread.ts", import.meta.url).href);
  worker.unref();
  worker.addEventListener("message", ({ data }: MessageEvent<ServersReply>) => {
    const reply = pending.get(data.request);
    pending.delete(data.request);
    if (data.problem === undefined) reply?.resolve(data);
    else reply?.reject(new Error(data.problem));
  });
  worker.addEventListener("error", ({ message }) => {
    for (const { reject } of pending.values()) reject(new Error(message));
  });
  return worker;
}
