import { totalmem } from "node:os";

/** Leaves room for PostgreSQL, the engine, and the copied pages of a rewrite of the append-only file. */
const SHARE = 1 / 4;

/**
 * Returns Redis's `maxmemory` in bytes: at it, the engine refuses events. Without it, the kernel would kill Redis, again at each
 * restart.
 */
export function redisMemoryMax(): number {
  // 0, or more than there is, when no container limits it.
  const constrained = process.constrainedMemory() || Number.POSITIVE_INFINITY;
  return Math.floor(Math.min(totalmem(), constrained) * SHARE);
}
