import { QueueFlowError } from "../../errors.ts";

/**
 * Whether a Redis with this `maxmemory-policy` may evict the stream. A `volatile-` policy evicts keys that expire only, and the
 * engine removes an expiry from its stream.
 */
export function mayEvictStream(policy: string): boolean {
  return policy !== "noeviction" && !policy.startsWith("volatile-");
}

/** Returns the error `redis_evicts` when a Redis with this policy may evict the stream. */
export function evictionRefusal(policy: string | undefined): QueueFlowError | undefined {
  if (policy === undefined || !mayEvictStream(policy)) return undefined;
  return new QueueFlowError(
    "redis_evicts",
    `Expected Redis to have maxmemory-policy noeviction, got ${policy}, which may evict accepted events: set it with CONFIG SET and in its configuration file`,
  );
}
