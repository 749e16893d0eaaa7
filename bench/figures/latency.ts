import { freePort } from "../../src/embedded/free-port.ts";
import { startBareServer } from "../baselines/start-baseline.ts";
import type { Bench } from "../bench.ts";
import { sendAtRate } from "../load/open-loop.ts";
import { acceptedPerSecond, CONNECTIONS } from "../load/wrk.ts";
import { inTurn } from "../measure/in-turn.ts";
import { summaryOf } from "../measure/summary.ts";
import type { Finding } from "../report/finding.ts";
import { KEY, ONE_INGEST_THREAD, startBenchEngine } from "../start-engine.ts";
import { emptyStream } from "../stream-state.ts";

/** Measurements of the rate, half of which is then sent. */
const RATE_ROUNDS = 3;
const WARM_UP_SECONDS = 1;
/** More than the closed loop has, so that a stall of some milliseconds delays no request. */
const OPEN_CONNECTIONS = 256;

/** Latency at half of the engine's maximum rate, compared with the bare server at the same rate. */
export async function latency(bench: Bench): Promise<readonly Finding[]> {
  const { servers, options, placement, say } = bench;
  const { seconds } = options;
  const { server: cores, load } = placement.thread;
  await servers.place(placement.thread);
  await using database = await servers.newDatabase();
  const env = { ...ONE_INGEST_THREAD, API_PORT: String(freePort()) };
  await using engine = await startBenchEngine(servers, { cores, databaseUrl: database.url, env });
  await using bare = await startBareServer(cores);

  const closed = { port: engine.port, seconds, cores: load, connections: CONNECTIONS };
  const rates = await inTurn(RATE_ROUNDS, ["engine"], async () => {
    await emptyStream(servers.redis, KEY.stream);
    return await acceptedPerSecond(closed);
  });
  const rate = Math.round(summaryOf(rates("engine")).median / 2);
  const open = {
    rate,
    seconds,
    warmUpSeconds: WARM_UP_SECONDS,
    connections: OPEN_CONNECTIONS,
  };
  const results = await inTurn(options.pairs, ["engine", "bare server"], async (side) => {
    await emptyStream(servers.redis, KEY.stream);
    const port = side === "engine" ? engine.port : bare.port;
    const result = await sendAtRate({ ...open, port }, load);
    say(`${side} at ${rate}/s: ${JSON.stringify(result)}`);
    return result;
  });

  const p50s = results("engine").map(({ p50Ms }) => p50Ms);
  const p99s = results("engine").map(({ p99Ms }) => p99Ms);
  const bareP50s = results("bare server").map(({ p50Ms }) => p50Ms);
  const bareP99s = results("bare server").map(({ p99Ms }) => p99Ms);
  const line = { of: "ratio", bound: "at most", limit: 2 } as const;
  const againstP99 = { baseline: { name: "bare Bun.serve, p99", values: bareP99s }, line };
  const at = `of the answer at ${rate.toLocaleString("en")}/s`;
  return [
    { what: `p99 ${at}`, unit: "ms", engine: p99s, ...againstP99 },
    { what: `p50 ${at}`, unit: "ms", engine: p50s, ...againstP99 },
    {
      what: `p50 ${at}`,
      unit: "ms",
      engine: p50s,
      baseline: { name: "bare Bun.serve, p50", values: bareP50s },
    },
  ];
}
