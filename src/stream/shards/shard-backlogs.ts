import { type Backlog, readBacklog } from "../inspect/read-backlog.ts";
import type { ShardConnection } from "./shard-connections.ts";

/** Undefined while the shard's server is away. */
export type ShardBacklog = Backlog | undefined;

/** Returns the backlog of each shard. Never rejects. */
export async function readShardBacklogs(
  shards: readonly ShardConnection[],
): Promise<readonly ShardBacklog[]> {
  return await Promise.all(
    shards.map(async ({ redis, key }) => await readBacklog(redis, key).catch(() => undefined)),
  );
}

/** Returns the sum of those that are known; undefined without one. */
export function sumBacklogs(backlogs: readonly ShardBacklog[]): Backlog | undefined {
  const known = backlogs.filter((backlog) => backlog !== undefined);
  return known.length === 0 ? undefined : sumKnown(known);
}

/** Returns the sum of at least one. Its age is that of the oldest entry. */
export function sumKnown(known: readonly Backlog[]): Backlog {
  const [first] = known;
  if (first !== undefined && known.length === 1) return first;
  const waiting = known.filter(({ entries }) => entries > 0);
  const sum = (count: (backlog: Backlog) => number) =>
    known.reduce((total, backlog) => total + count(backlog), 0);
  return {
    entries: sum(({ entries }) => entries),
    pending: sum(({ pending }) => pending),
    oldestId: waiting.toSorted((a, b) => b.lagMs - a.lagMs)[0]?.oldestId,
    lagMs: Math.max(...known.map(({ lagMs }) => lagMs)),
    idsAheadMs: Math.max(...known.map(({ idsAheadMs }) => idsAheadMs)),
    isExhausted: known.every(({ isExhausted }) => isExhausted),
    length: sum(({ length }) => length),
    finished: finishedOf(known),
  };
}

/** Their sum if they are counts. A stream that does not exist yet has finished nothing. */
function finishedOf(known: readonly Backlog[]): string {
  const counts = known.map(({ finished }) => (finished === "" ? "0" : finished));
  if (!counts.every((count) => /^\d+$/.test(count))) return counts.join(" ");
  return String(counts.reduce((sum, count) => sum + Number(count), 0));
}
