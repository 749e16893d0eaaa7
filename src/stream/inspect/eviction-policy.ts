import { QueueFlowError } from "../../errors.ts";
import type { RedisConnection } from "../redis/redis-connection.ts";

/**
 * Whether a Redis with this `maxmemory-policy` may evict the stream. A `volatile-` policy takes only keys that expire, and
 * the engine removes an expiry from its stream.
 */
export function mayEvictStream(policy: string): boolean {
  return policy !== "noeviction" && !policy.startsWith("volatile-");
}

/** The error `redis_evicts` when a Redis with this policy may evict the stream, else undefined. */
export function evictionRefusal(policy: string | undefined): QueueFlowError | undefined {
  if (policy === undefined || !mayEvictStream(policy)) return undefined;
  return new QueueFlowError(
    "redis_evicts",
    `Expected Redis to have maxmemory-policy noeviction, got ${policy}, which may evict accepted events: set it with CONFIG SET and in its configuration file`,
  );
}

/**
 * Refuses a Redis that may evict the stream, before a command appends to it.
 *
 * @throws QueueFlowError `redis_evicts`.
 */
export async function expectNoEviction(redis: RedisConnection): Promise<void> {
  const refusal = evictionRefusal(await readEvictionPolicy(redis));
  if (refusal !== undefined) throw refusal;
}

/** The `maxmemory-policy` in the text of `INFO memory`. */
export function policyIn(info: string): string | undefined {
  return /^maxmemory_policy:(\S+)/m.exec(info)?.[1];
}

/**
 * Reads the `maxmemory-policy` in force, from INFO, or from CONFIG where INFO is refused. Undefined when Redis is away or
 * refuses both. Never rejects.
 */
export async function readEvictionPolicy(redis: RedisConnection): Promise<string | undefined> {
  try {
    return policyIn(await redis.info("memory"));
  } catch (error) {
    // Only a Redis that answered is worth a second question.
    if (!(error instanceof Error) || error.name !== "ReplyError") return undefined;
  }
  try {
    const reply: unknown = await redis.config("GET", "maxmemory-policy");
    return Array.isArray(reply) && typeof reply[1] === "string" ? reply[1] : undefined;
  } catch {
    return undefined;
  }
}
