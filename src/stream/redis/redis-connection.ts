import { Redis } from "ioredis";
import { errorText, QueueFlowError } from "../../errors.ts";
import type { Log } from "../../log/log.ts";
import {
  COMMAND_TIMEOUT_MS,
  CONNECT_TIMEOUT_MS,
  LEAVE_INTERVAL_MS,
  reconnectDelayMs,
} from "./redis-deadlines.ts";
import { tlsMismatch } from "./tls-mismatch.ts";

/** A connection that is given up gets no longer than this for a polite end before the next one opens. */
const DISCONNECT_TIMEOUT_MS = 100;
/** What a server says that is a replica, or has become one: its address may lead to another by now. */
const DEMOTED = /^(READONLY|MASTERDOWN|UNBLOCKED) /;

/** A connection to Redis, as all of the engine passes it around. */
export type RedisConnection = Redis;

/** How to open a connection: who uses it, and how long its slowest command may block. */
export interface RedisConnectionOptions {
  readonly url: string;
  readonly log: Log;
  /** The longest BLOCK of the commands on this connection, in milliseconds; 0 without blocking reads. */
  readonly blockMs: number;
}

/**
 * Opens a connection that never re-sends a command by itself, queues none while it is away, and
 * answers each within its deadline. The defaults of ioredis duplicate an XADD whose reply was cut off and
 * hang on a dead server. `maxRetriesPerRequest: 0` is what settles commands stranded by a lost
 * connection. It connects at once and reconnects for ever.
 */
export function openRedisConnection(options: RedisConnectionOptions): RedisConnection {
  const { url, log, blockMs } = options;
  const redis = new Redis(url, {
    autoResendUnfulfilledCommands: false,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: COMMAND_TIMEOUT_MS + blockMs,
    connectTimeout: CONNECT_TIMEOUT_MS,
    disconnectTimeout: DISCONNECT_TIMEOUT_MS,
    disableClientInfo: true,
    retryStrategy: reconnectDelayMs,
    reconnectOnError: leavesDemoted(),
  });
  reportConnectionChanges(redis, { url, log });
  return redis;
}

/**
 * Whether an error reply is worth a new connection. After a failover behind one address, such as a service or
 * a load balancer, open connections stay with the old server. The failed command is not sent again.
 */
function leavesDemoted(): (error: Error) => boolean {
  let leftAtMs = Number.NEGATIVE_INFINITY;
  return (error) => {
    const nowMs = performance.now();
    if (!isDemoted(error) || nowMs - leftAtMs < LEAVE_INTERVAL_MS) return false;
    leftAtMs = nowMs;
    return true;
  };
}

/** Whether a server says that it is a replica, or has become one. */
export function isDemoted({ message }: Error): boolean {
  return DEMOTED.test(message);
}

/**
 * Logs once that Redis is away, and once that it is back, however many attempts lie between. A connection that never
 * worked may fail for the wrong protocol, which the error does not say.
 */
function reportConnectionChanges(
  redis: RedisConnection,
  { url, log }: Pick<RedisConnectionOptions, "url" | "log">,
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

/** With a URL, looks for a TLS mismatch behind a socket error; Redis's own errors explain themselves. */
async function reportFailure(
  error: Error,
  { url, log }: { readonly url: string | undefined; readonly log: Log },
): Promise<void> {
  const mismatch = url !== undefined && "code" in error ? await tlsMismatch(url) : undefined;
  log.warn({ error: mismatch ?? errorText(error) }, "Redis connection failed, retrying");
}

/** Resolves when the connection is usable or `deadlineMs` has passed, whichever is first. */
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

/**
 * Waits for a command and turns its failure into `stream_unavailable`, or `stream_full` when Redis is
 * out of memory, or `stream_exhausted` when the stream can take no more ids, naming what was being done. Either way it may have been done in part. A reply that
 * misses its deadline may still arrive, and would then answer nobody: the connection is cut, and opens anew.
 */
export async function redisCall<Reply>(
  redis: Pick<RedisConnection, "disconnect">,
  doing: string,
  command: Promise<Reply>,
): Promise<Reply> {
  try {
    return await command;
  } catch (error) {
    if (errorText(error) === "Command timed out") redis.disconnect(true);
    if (isOutOfMemory(error)) {
      const sentence = `Redis could not ${doing}: it is out of memory`;
      throw new QueueFlowError("stream_full", sentence, { cause: error });
    }
    if (isExhausted(error)) {
      const sentence = `Redis could not ${doing}: the stream has used the last possible id`;
      throw new QueueFlowError("stream_exhausted", sentence, { cause: error });
    }
    const cause = isUnsent(error) ? new Error("there is no connection") : error;
    throw new QueueFlowError("stream_unavailable", `Redis could not ${doing}`, { cause });
  }
}

/** What ioredis rejects a command with that has no connection to go by, in words that speak of its own options. */
function isUnsent(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith("Stream isn't writeable");
}

/** Redis takes no entry after one with the largest id. */
function isExhausted(error: unknown): boolean {
  return error instanceof Error && error.message.includes("exhausted the last possible ID");
}

/** Redis names the class of an error in its first word. */
function isOutOfMemory(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith("OOM ");
}

/** Whether Redis refused a command for good: this user may not give it, or the key holds something else. */
export function isRefused(error: unknown): boolean {
  const cause = error instanceof QueueFlowError ? error.cause : undefined;
  return cause instanceof Error && /^(NOPERM|WRONGTYPE) /.test(cause.message);
}

/** Closes a connection within `COMMAND_TIMEOUT_MS`, politely when it can. */
export async function closeRedisConnection(redis: RedisConnection): Promise<void> {
  try {
    if (redis.status === "ready") await redis.quit();
  } catch {
    // A connection that cannot say goodbye is closed all the same.
  } finally {
    redis.disconnect();
  }
}
