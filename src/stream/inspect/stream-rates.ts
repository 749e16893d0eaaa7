import type { GroupKey } from "../consumer-group.ts";
import type { RedisConnection } from "../redis/redis-connection.ts";
import { type Backlog, readBacklog } from "./read-backlog.ts";
import { readAppended } from "./read-stream.ts";

export interface StreamReading {
  /** By `performance.now()`. */
  readonly atMs: number;
  readonly appended: number;
  readonly backlog: Backlog;
}

/** Null when Redis does not know the numbers or restarted counting. */
export interface StreamRates {
  readonly accepted_per_s: number | null;
  readonly stored_per_s: number | null;
}

/** @throws QueueFlowError `stream_unavailable`. */
export async function readStreamNow(redis: RedisConnection, key: GroupKey): Promise<StreamReading> {
  const [appended, backlog] = await Promise.all([
    readAppended(redis, key.stream),
    readBacklog(redis, key),
  ]);
  return { atMs: performance.now(), appended, backlog };
}

export function ratesBetween(
  before: StreamReading | undefined,
  now: StreamReading | undefined,
): StreamRates {
  if (before === undefined || now === undefined) {
    return { accepted_per_s: null, stored_per_s: null };
  }
  const seconds = (now.atMs - before.atMs) / 1_000;
  const rate = (from: number, to: number) =>
    to >= from ? Math.round((to - from) / seconds) : null;
  return {
    accepted_per_s: rate(before.appended, now.appended),
    stored_per_s: rate(finishedIn(before), finishedIn(now)),
  };
}

function finishedIn({ backlog }: StreamReading): number {
  return /^\d+$/.test(backlog.finished) ? Number(backlog.finished) : Number.NaN;
}
