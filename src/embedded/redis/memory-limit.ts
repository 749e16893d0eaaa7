import { totalmem } from "node:os";

/** With 512 MB, leaves enough for the engine, PostgreSQL, and what Redis needs besides: replies, fragments, copied pages. */
const SHARE = 1 / 6;

/**
 * Returns Redis's `maxmemory` in bytes: at it, the engine refuses events. Without it, the kernel would kill Redis, again at each
 * restart.
 */
export function redisMemoryMax(): number {
  // 0, or more than there is, when no container limits it.
  const constrained = process.constrainedMemory() || Number.POSITIVE_INFINITY;
  return Math.floor(Math.min(totalmem(), constrained) * SHARE);
}
