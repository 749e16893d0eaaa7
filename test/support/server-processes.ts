import type { Sql } from "postgres";
import type { RedisConnection } from "../../src/stream/redis/redis-connection.ts";

/** Returns the process id of a Redis server. */
export async function redisPid(redis: RedisConnection): Promise<number> {
  return Number(/^process_id:(\d+)/m.exec(await redis.info("server"))?.[1]);
}

/** Returns the processes of a PostgreSQL server, the postmaster first, so that it starts no others when all are stopped. */
export async function postgresPids(sql: Sql): Promise<readonly number[]> {
  const [server] =
    await sql`SELECT split_part(pg_read_file('postmaster.pid'), E'\n', 1)::int AS pid`;
  const others = await sql`SELECT pid FROM pg_stat_activity`;
  return [server, ...others].map((row) => Number(row?.["pid"]));
}

/** Signals processes, except for those that have exited. */
export function signalAll(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      // A backend exits with its connection.
    }
  }
}
