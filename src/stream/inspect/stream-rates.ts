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

/** Of all shards. @throws QueueFlowError `stream_unavailable` when one does not answer. */
export async function readStreamNow(shards: readonly ShardConnection[]): Promise<StreamReading> {
  const [appended, backlogs] = await Promise.all([
    Promise.all(shards.map(async ({ redis, key }) => await readAppended(redis, key.stream))),
    Promise.all(shards.map(async ({ redis, key }) => await readBacklog(redis, key))),
  ]);
  return {
    atMs: performance.now(),
    appended: appended.reduce((sum, entries) => sum + entries, 0),
    backlog: sumKnown(backlogs),
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
