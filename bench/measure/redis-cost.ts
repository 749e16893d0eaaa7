import type { RedisConnection } from "../../src/stream/redis/redis-connection.ts";
import { redisPid } from "../../test/support/server-processes.ts";
import { processCpu } from "./process-cpu.ts";

export interface RedisCost {
  /** Time in scripts per entry: no fewer entries fit a second, whatever the client. */
  readonly scriptUs: number;
  /** Processor time per entry, which includes reading commands and writing the append-only file. */
  readonly cpuUs: number;
}

/** Starts to measure. The returned function returns the cost of the entries that the stream has got since then. */
export async function startRedisCost(
  redis: RedisConnection,
  stream: string,
): Promise<() => Promise<RedisCost>> {
  const pid = await redisPid(redis);
  await redis.config("RESETSTAT");
  const before = { entries: await redis.xlen(stream), seconds: processCpu(pid).usedSeconds };
  return async () => {
    const entries = (await redis.xlen(stream)) - before.entries;
    const stats = await redis.info("commandstats");
    const scriptUs = Number(/^cmdstat_evalsha:calls=\d+,usec=(\d+)/m.exec(stats)?.[1]);
    const seconds = processCpu(pid).usedSeconds - before.seconds;
    return { scriptUs: scriptUs / entries, cpuUs: (1e6 * seconds) / entries };
  };
}
