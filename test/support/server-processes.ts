import { expect } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import type { Sql } from "postgres";
import type { RedisConnection } from "../../src/stream/redis/redis-connection.ts";
import { eventually } from "./eventually.ts";

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

/** Suspends a process. Resolves when all of its threads have stopped, which `kill` does not wait for. */
export async function suspend(pid: number): Promise<void> {
  process.kill(pid, "SIGSTOP");
  await eventually(() => expect(threadStates(pid)).toMatch(/^T+$/));
}

/**
 * Suspends processes, except for those that have exited. A session may exit with its connection at any time, and remains a
 * zombie while its server is suspended.
 */
export async function suspendAll(pids: readonly number[]): Promise<void> {
  signalAll(pids, "SIGSTOP");
  await eventually(() => {
    for (const pid of pids) expect(threadStates(pid)).toMatch(/^[TZX]*$/);
  });
}

/** Returns a letter for each thread of a process, as in `man proc_pid_stat`; none if it has exited. */
function threadStates(pid: number): string {
  try {
    return readdirSync(`/proc/${pid}/task`)
      .map((thread) => readFileSync(`/proc/${pid}/task/${thread}/stat`, "latin1"))
      .map((stat) => stat.charAt(stat.lastIndexOf(")") + 2))
      .join("");
  } catch {
    return "";
  }
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
