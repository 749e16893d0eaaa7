/**
 * Hash tags of the shards after the first, which are names for ever: entries wait under them. By their slots, masters that divide the
 * slots evenly hold equally many of N shards wherever their number divides N, up to 16 shards, and of 20, 24, 32, 48 and 64 up to 16 masters.
 */
const TAGS: readonly string[] = [
  "ha h1 ay ge mi5 glj dro u0 bvt ra dx lwr m0 mj dk",
  "jk8 rl v0 85 wg7 oa g8b bbq k2w e2 bw6 9y tp c7 lt3 yp",
  "h3 qju ewm vo dl3 b14 sn3 hi2 ebi dqm r1 td jwt 1h md h94",
  "gbl br1 8z v5 h wc awr afa bld ei5 dn ef ol s8 d7 el1",
].flatMap((line) => line.split(" "));

export const SHARDS_MAX = TAGS.length + 1;

export interface ShardedStream {
  /** Of the first shard, which also has the salts, sites, keys and quotas. */
  readonly stream: string;
  readonly shards: number;
}

/** Whether a key is that of a shard of the stream, however many it has now. */
export function isShardOf(stream: string, key: string): boolean {
  return shardStreams({ stream, shards: SHARDS_MAX }).includes(key);
}

/**
 * Returns which shards a thread of a process reads: each shard has a thread, and each thread a shard. With fewer threads than shards,
 * a thread has several.
 */
export function shardsOfThread(
  streams: readonly string[],
  { index, threads }: { readonly index: number; readonly threads: number },
): readonly string[] {
  if (threads >= streams.length) return streams.filter((_, i) => i === index % streams.length);
  return streams.filter((_, i) => i % threads === index);
}

/** Returns the key of each shard. The first keeps its key when the number of shards changes, and so do all others. */
export function shardStreams({ stream, shards }: ShardedStream): readonly string[] {
  return [stream, ...TAGS.slice(0, shards - 1).map((tag) => `${stream}:{${tag}}`)];
}
