import { setTimeout as delay } from "node:timers/promises";
import { errorText } from "../errors.ts";
import type { RedisConnection } from "./redis/redis-connection.ts";

const ATTEMPT_INTERVAL_MS = 100;
const ATTEMPTS_MAX = 600;
/** That rewrite began earlier, so it may hold what was deleted since. */
const IS_RUNNING = /already in progress/;

export type RewriteOutcome =
  | { readonly kind: "started" | "off" }
  | { readonly kind: "refused"; readonly why: string };

/** Has Redis begin to rewrite its append-only file; waits a minute for a rewrite that runs already. */
export async function rewriteAppendOnlyFile(
  redis: RedisConnection,
  signal: AbortSignal,
): Promise<RewriteOutcome> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      if (!/^aof_enabled:1/m.test(await redis.info("persistence"))) return { kind: "off" };
      await redis.call("BGREWRITEAOF");
      return { kind: "started" };
    } catch (error) {
      const why = errorText(error);
      if (!IS_RUNNING.test(why) || attempt === ATTEMPTS_MAX) return { kind: "refused", why };
    }
    await delay(ATTEMPT_INTERVAL_MS, undefined, { signal });
  }
}

/** Returns how the last rewrite ended, once none is running or about to. */
export async function rewriteState(redis: RedisConnection): Promise<"running" | "done" | "failed"> {
  const info = await redis.info("persistence");
  if (/^aof_rewrite_(in_progress|scheduled):1/m.test(info)) return "running";
  return /^aof_last_bgrewrite_status:ok/m.test(info) ? "done" : "failed";
}
