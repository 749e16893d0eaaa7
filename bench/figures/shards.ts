import { freePort } from "../../src/embedded/free-port.ts";
import { shardStreams } from "../../src/stream/shards/shard-streams.ts";
import { untilDrained } from "../../test/support/engine-servers.ts";
import { postgresPids, redisPid } from "../../test/support/server-processes.ts";
import type { Bench } from "../bench.ts";
import { acceptedPerSecond, CONNECTIONS } from "../load/wrk.ts";
import { inTurn } from "../measure/in-turn.ts";
import { treeCpuSeconds } from "../measure/tree-cpu.ts";
import type { Finding } from "../report/finding.ts";
import { KEY, startBenchEngine } from "../start-engine.ts";
import { deleteStream } from "../stream-state.ts";

const SHARDS = ["1", "2", "4"] as const;
const LIMIT = 1.1;
/** Long enough for every thread to compile hot code. */
const WARM_UP_SECONDS = 3;

/** Processor time of an event from its request until it is stored, servers included, with all that wrk sends. */
export async function shards(bench: Bench): Promise<readonly Finding[]> {
  const { options, say } = bench;
  await bench.servers.place(bench.placement.machine);
  const costs = await inTurn(options.pairs, SHARDS, async (count) => {
    const costUs = await costOf(bench, count);
    say(`${count} ${count === "1" ? "shard" : "shards"}: ${costUs.toFixed(1)} µs an event`);
    return costUs;
  });
  const [, ...others] = SHARDS;
  return others.map((count) => ({
    what: `processor time an event with ${count} shards on one Redis`,
    unit: "µs",
    engine: costs(count),
    baseline: { name: "1 shard", values: costs("1") },
    line: { of: "ratio", bound: "at most", limit: LIMIT },
  }));
}

async function costOf(
  { servers, options, placement }: Bench,
  count: (typeof SHARDS)[number],
): Promise<number> {
  const { redis } = servers;
  const keys = shardStreams({ stream: KEY.stream, shards: Number(count) }).map((stream) => ({
    ...KEY,
    stream,
  }));
  for (const { stream } of keys) await deleteStream(redis, stream);
  await using database = await servers.newDatabase();
  await servers.admin`CHECKPOINT`;
  const port = freePort();
  const { server: cores } = placement.machine;
  const env = { API_PORT: String(port), REDIS_SHARDS: count };
  await using engine = await startBenchEngine(servers, { cores, databaseUrl: database.url, env });
  const roots = [
    engine.pid,
    await redisPid(redis),
    ...(await postgresPids(servers.admin)).slice(0, 1),
  ];
  const usedSeconds = (): number => roots.reduce((sum, pid) => sum + treeCpuSeconds(pid), 0);
  const stored = async (): Promise<number> => {
    for (const key of keys) await untilDrained({ redis, key });
    const [row] = await database.sql`SELECT count(*)::int AS events FROM events`;
    return Number(row?.["events"]);
  };
  const load = { port, cores: placement.thread.load, connections: CONNECTIONS };
  await acceptedPerSecond({ ...load, seconds: WARM_UP_SECONDS });
  const storedBefore = await stored();
  const usedBefore = usedSeconds();
  await acceptedPerSecond({ ...load, seconds: options.seconds });
  const events = (await stored()) - storedBefore;
  return (1e6 * (usedSeconds() - usedBefore)) / events;
}
