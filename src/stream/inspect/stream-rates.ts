import { ofThoseThatAnswer } from "../shards/of-those-that-answer.ts";
import { sumKnown } from "../shards/shard-backlogs.ts";
import type { ShardConnection } from "../shards/shard-connections.ts";
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

/** Of the shards that answer. @throws QueueFlowError `stream_unavailable` when none does. */
export async function readStreamNow(shards: readonly ShardConnection[]): Promise<StreamReading> {
  const readings = await ofThoseThatAnswer(shards, async ({ redis, key }) => {
    const [appended, backlog] = await Promise.all([
      readAppended(redis, key.stream),
      readBacklog(redis, key),
    ]);
    return { appended, backlog };
  });
  return {
    atMs: performance.now(),
    appended: readings.reduce((sum, { appended }) => sum + appended, 0),
    backlog: sumKnown(readings.map(({ backlog }) => backlog)),
  };
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
