import type { Sql } from "postgres";
import type { RedisConnection } from "../../src/stream/redis/redis-connection.ts";

/** The process of a Redis server. */
export async function redisPid(redis: RedisConnection): Promise<number> {
  return Number(/^process_id:(\d+)/m.exec(await redis.info("server"))?.[1]);
}

/**
 * The processes of a PostgreSQL server, the one that starts the others first: stopped in this order,
 * none is left that could start another.
 */
export async function postgresPids(sql: Sql): Promise<readonly number[]> {
  const [server] =
    await sql`SELECT split_part(pg_read_file('postmaster.pid'), E'\n', 1)::int AS pid`;
  const others = await sql`SELECT pid FROM pg_stat_activity`;
  return [server, ...others].map((row) => Number(row?.["pid"]));
}

/** Sends a signal to processes of a test's own servers; those that have ended meanwhile are passed over. */
export function signalAll(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      // A backend ends with its connection.
    }
  }
}
