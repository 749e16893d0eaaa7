import { type Engine, emptyFolder } from "../../../test/support/engine.ts";
import { postgresPids, redisPid } from "../../../test/support/server-processes.ts";
import { processCpu } from "../../measure/process-cpu.ts";
import { treeCpuSeconds } from "../../measure/tree-cpu.ts";
import { type BenchDatabase, type BenchServers, startServers } from "../../servers.ts";
import { KEY } from "../../start-engine.ts";

/** A Redis and a PostgreSQL of their own: a shard of the stream with its database. */
export interface Unit extends AsyncDisposable {
  readonly servers: BenchServers;
  readonly database: BenchDatabase;
  /** Starts to measure. The returned function returns what was used since then. */
  measure(engine: Pick<Engine, "pid">): Promise<() => Promise<Used>>;
}

/** In seconds of processor time, and in bytes. */
export interface Used {
  readonly redisSeconds: number;
  readonly postgresSeconds: number;
  readonly engineSeconds: number;
  readonly redisInBytes: number;
  readonly redisOutBytes: number;
  readonly walBytes: number;
}

export async function openUnit(): Promise<Unit> {
  await using stack = new AsyncDisposableStack();
  const servers = stack.use(await startServers(emptyFolder()));
  const database = stack.use(await servers.newDatabase());
  const { redis, admin } = servers;
  await redis.xgroup("CREATE", KEY.stream, KEY.group, "0", "MKSTREAM");
  const redisId = await redisPid(redis);
  const [postgresId = 0] = await postgresPids(admin);

  async function read(enginePid: number): Promise<Used> {
    const info = await redis.info();
    const field = (name: string): number =>
      Number(new RegExp(`^${name}:(\\d+)`, "m").exec(info)?.[1] ?? 0);
    const [wal] = await admin`SELECT pg_current_wal_lsn() - '0/0'::pg_lsn AS bytes`;
    return {
      redisSeconds: processCpu(redisId).usedSeconds,
      postgresSeconds: treeCpuSeconds(postgresId),
      engineSeconds: treeCpuSeconds(enginePid),
      redisInBytes: field("total_net_input_bytes"),
      redisOutBytes: field("total_net_output_bytes"),
      walBytes: Number(wal?.["bytes"]),
    };
  }

  const kept = stack.move();
  return {
    servers,
    database,
    async measure({ pid }) {
      const before = await read(pid);
      return async () => difference(await read(pid), before);
    },
    [Symbol.asyncDispose]: async () => await kept.disposeAsync(),
  };
}

function difference(after: Used, before: Used): Used {
  return {
    redisSeconds: after.redisSeconds - before.redisSeconds,
    postgresSeconds: after.postgresSeconds - before.postgresSeconds,
    engineSeconds: after.engineSeconds - before.engineSeconds,
    redisInBytes: after.redisInBytes - before.redisInBytes,
    redisOutBytes: after.redisOutBytes - before.redisOutBytes,
    walBytes: after.walBytes - before.walBytes,
  };
}
