import { Redis, type RedisOptions } from "ioredis";
import { backoffMs } from "../../async/backoff.ts";
import { errorText } from "../../errors.ts";
import type { Log } from "../../log/log.ts";
import { redisNodesOf } from "../../redis-nodes.ts";
import { redisSocketOf } from "../../server-address.ts";
import { tagKeysBeside } from "../key-beside.ts";
import { connectionRemedy, noteConnectionFailure } from "./connection-failure.ts";
import { locatingConnector } from "./locate/locating-connector.ts";
import { shareLocator } from "./locate/locator.ts";
import { tlsMismatch } from "./tls-mismatch.ts";

/** Leaves time to send the 503 within a second. */
export const COMMAND_TIMEOUT_MS = 800;
export const CONNECT_TIMEOUT_MS = 2_000;
const LEAVE_INTERVAL_MS = 1_000;
const RECONNECT_DELAY = { minMs: 50, maxMs: 500 };
const DISCONNECT_TIMEOUT_MS = 100;
/** CLUSTERDOWN: a master that is cut off from most of its cluster, or one of a cluster that is down as a whole. */
const DEMOTED = /^(READONLY|MASTERDOWN|UNBLOCKED|CLUSTERDOWN) /;

export type RedisConnection = Redis;

/** Ends what a connection shares with others. ioredis emits no "end" when it is closed between two attempts. */
const located = new WeakMap<RedisConnection, () => void>();

export interface RedisConnectionOptions {
  readonly url: string;
  /** Without one, outages are not logged. */
  readonly log?: Log;
  /** The longest BLOCK on this connection; 0 without blocking reads. */
  readonly blockMs: number;
  /** Of a Redis Cluster, the connection serves this key and those with its hash tag; without effect on a single server. */
  readonly key?: string;
}

/**
 * Opens a connection that never sends a command twice, queues none while Redis is away, and reconnects for ever. ioredis's defaults
 * repeat an XADD whose reply was lost and hang on a silent server.
 */
export function openRedisConnection(options: RedisConnectionOptions): RedisConnection {
  const { url, log, blockMs } = options;
  const settings = settingsFor(blockMs);
  const redis = openLocated(options, settings) ?? openSingle(url, settings);
  // A refused SELECT would leave the connection in database 0.
  redis.on("error", (error: Error) => {
    noteConnectionFailure(redis, error);
    if (redis.status === "connect") redis.disconnect(true);
  });
  redis.on("ready", () => noteConnectionFailure(redis, undefined));
  if (log !== undefined) reportConnectionChanges(redis, { url, log });
  return redis;
}

function settingsFor(blockMs: number) {
  return {
    protocol: 2,
    autoResendUnfulfilledCommands: false,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: COMMAND_TIMEOUT_MS + blockMs,
    connectTimeout: CONNECT_TIMEOUT_MS,
    disconnectTimeout: DISCONNECT_TIMEOUT_MS,
    disableClientInfo: true,
    retryStrategy: (attempt) => backoffMs(attempt, RECONNECT_DELAY),
    maxLoadingRetryTime: RECONNECT_DELAY.maxMs,
    reconnectOnError: leavesDemoted(),
  } satisfies RedisOptions;
}

type Settings = ReturnType<typeof settingsFor>;

function openSingle(url: string, settings: Settings): RedisConnection {
  const socket = redisSocketOf(url);
  return socket === undefined ? new Redis(url, settings) : new Redis({ ...settings, ...socket });
}

/** Returns undefined for the URL of one server. */
function openLocated(
  { url, key = "" }: RedisConnectionOptions,
  settings: Settings,
): RedisConnection | undefined {
  const nodes = redisNodesOf(url);
  const shared = shareLocator(url);
  if (nodes === undefined || shared === undefined) return undefined;
  const { locator, release } = shared;
  if (nodes.kind === "cluster") tagKeysBeside(key);
  const { Connector, end } = locatingConnector(locator, {
    key,
    hasTls: nodes.hasTls,
    disconnectTimeoutMs: DISCONNECT_TIMEOUT_MS,
  });
  const { username, password } = nodes.credentials;
  const redis = new Redis({
    ...settings,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(nodes.hasTls ? { tls: {} } : {}),
    ...(nodes.kind === "sentinel" ? { db: nodes.database } : {}),
    reconnectOnError: (error) =>
      locator.isElsewhere(error, key) || settings.reconnectOnError(error),
    Connector,
  });
  located.set(redis, () => {
    end();
    release();
  });
  return redis;
}

/**
 * After a failover behind one address, such as a load balancer's, open connections stay with the old server. ioredis does not
 * send the failed command again.
 */
function leavesDemoted(): (error: Error) => boolean {
  let leftAtMs = Number.NEGATIVE_INFINITY;
  return (error) => {
    const nowMs = performance.now();
    if (!DEMOTED.test(error.message) || nowMs - leftAtMs < LEAVE_INTERVAL_MS) return false;
    leftAtMs = nowMs;
    return true;
  };
}

/** A first connection may fail because of a TLS mismatch, which the error hides. */
function reportConnectionChanges(
  redis: RedisConnection,
  { url, log }: { readonly url: string; readonly log: Log },
): void {
  let state: "unknown" | "up" | "down" = "unknown";
  redis.on("ready", () => {
    if (state === "down") log.info({}, "Redis connection is back");
    state = "up";
  });
  redis.on("error", (error: Error) => {
    if (state === "down") return;
    const isFirst = state === "unknown";
    state = "down";
    void reportFailure(error, { url: isFirst ? url : undefined, log });
  });
}

async function reportFailure(
  error: Error,
  { url, log }: { readonly url: string | undefined; readonly log: Log },
): Promise<void> {
  const mismatch = url !== undefined && "code" in error ? await tlsMismatch(url) : undefined;
  const text = mismatch ?? errorText(error);
  const remedy = connectionRemedy(text);
  const message = "Redis connection failed, retrying";
  if (remedy === undefined) log.warn({ error: text }, message);
  else log.error({ error: text, remedy }, message);
}

export async function waitUntilReady(redis: RedisConnection, deadlineMs: number): Promise<void> {
  if (redis.status === "ready") return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(done, deadlineMs);
    redis.once("ready", done);
    function done(): void {
      clearTimeout(timer);
      redis.off("ready", done);
      resolve();
    }
  });
}

/** Closes within `COMMAND_TIMEOUT_MS`. */
export async function closeRedisConnection(redis: RedisConnection): Promise<void> {
  try {
    if (redis.status === "ready") await redis.quit();
  } catch {
    // Closed below.
  } finally {
    redis.disconnect();
    located.get(redis)?.();
  }
}
