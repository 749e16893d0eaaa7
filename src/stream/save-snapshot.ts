import { setTimeout as delay } from "node:timers/promises";
import { QueueFlowError } from "../errors.ts";
import { redisCall } from "./redis/redis-call.ts";
import type { RedisConnection } from "./redis/redis-connection.ts";

const POLL_INTERVAL_MS = 50;

/**
 * Makes Redis write all its data, as of one moment after the call, to its `dbfilename`.
 *
 * @throws QueueFlowError `stream_unavailable` when it cannot; the reason of `signal`.
 */
export async function saveSnapshot(redis: RedisConnection, signal: AbortSignal): Promise<void> {
  const before = await readProgress(redis);
  while (!(await beginSaving(redis))) await delay(POLL_INTERVAL_MS, undefined, { signal });
  for (;;) {
    const { saves, isSaving, hasFailed } = await readProgress(redis);
    // A scheduled one begins after a rewrite of the append-only file.
    if (saves > before.saves && !isSaving) {
      if (!hasFailed) return;
      const sentence = "Redis could not write its snapshot: its log says why";
      throw new QueueFlowError("stream_unavailable", sentence);
    }
    await delay(POLL_INTERVAL_MS, undefined, { signal });
  }
}

/** Returns false while an earlier snapshot, which may lack entries, is being written. */
async function beginSaving(redis: RedisConnection): Promise<boolean> {
  const saving = redis.call("BGSAVE", ["SCHEDULE"]).then(
    () => true,
    (error: unknown) => {
      if (error instanceof Error && /already in progress/.test(error.message)) return false;
      throw error;
    },
  );
  return await redisCall(redis, "write a snapshot", saving);
}

async function readProgress(redis: RedisConnection) {
  const info = await redisCall(redis, "report its snapshots", redis.info("persistence"));
  const field = (name: string) => new RegExp(`^${name}:(\\w+)`, "m").exec(info)?.[1];
  return {
    saves: Number(field("rdb_saves")),
    isSaving: field("rdb_bgsave_in_progress") === "1",
    hasFailed: field("rdb_last_bgsave_status") !== "ok",
  };
}
