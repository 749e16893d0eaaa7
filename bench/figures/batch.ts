import { freePort } from "../../src/embedded/free-port.ts";
import { type Baseline, startBatchServer } from "../baselines/start-baseline.ts";
import type { Bench } from "../bench.ts";
import {
  BATCH_CONNECTIONS,
  BATCH_EVENTS,
  BATCH_FORMAT_NAMES,
  BATCH_FORMATS,
  type BatchFormatName,
  batchBodiesFile,
} from "../load/batch-bodies.ts";
import { sendAtRate } from "../load/open-loop.ts";
import { sendBatches } from "../load/send-batches.ts";
import { inTurn } from "../measure/in-turn.ts";
import { type RedisCost, startRedisCost } from "../measure/redis-cost.ts";
import { serverThroughput } from "../measure/server-throughput.ts";
import { summaryOf } from "../measure/summary.ts";
import type { Finding } from "../report/finding.ts";
import { KEY, ONE_INGEST_THREAD, startBenchEngine } from "../start-engine.ts";
import { emptyStream } from "../stream-state.ts";

/** Long enough for the runtime to compile hot code. */
const WARM_UP_SECONDS = 2;
/** Single events per second beside the batches, and the connections that send them. */
const SINGLES_RATE = 1_000;
const SINGLES_CONNECTIONS = 256;
const BESIDE = ["beside batches", "alone"] as const;

type Side = `${"engine" | "bare"}, ${BatchFormatName}`;
const SIDES: readonly Side[] = BATCH_FORMAT_NAMES.flatMap((format) => [
  `engine, ${format}` as const,
  `bare, ${format}` as const,
]);

interface BatchResult {
  readonly events: number;
  readonly cpuUs: number;
  readonly redis: RedisCost;
}
type Results = (side: Side) => readonly BatchResult[];

/** Events per second of one ingest thread in batches, and the latency of single events beside them. */
export async function batch(bench: Bench): Promise<readonly Finding[]> {
  const { servers, options, placement } = bench;
  const { server: cores } = placement.thread;
  await servers.place(placement.thread);
  await using database = await servers.newDatabase();
  const env = {
    ...ONE_INGEST_THREAD,
    API_PORT: String(freePort()),
    STREAM_LENGTH_MAX: "1000000000",
  };
  await using engine = await startBenchEngine(servers, { cores, databaseUrl: database.url, env });
  const appendTo = { redisUrl: servers.redisUrl, stream: KEY.stream };
  await using bare = await startBatchServer(cores, appendTo);
  const measureFor = await throughputOf(bench, { engine, bare });
  await inTurn(1, SIDES, measureFor(WARM_UP_SECONDS));
  bench.say("warm; measuring");
  const results = await inTurn(options.pairs, SIDES, measureFor(options.seconds));
  const { median } = summaryOf(results("engine, JSON").map(({ events }) => events));
  const rate = median / 2 / BATCH_EVENTS;
  const latency = await latencyFindings(bench, { port: engine.port, rate });
  return [...throughputFindings(results), ...latency];
}

type Server = Pick<Baseline, "port" | "pid">;

async function throughputOf(
  { servers: { redis }, placement, say }: Bench,
  { engine, bare }: { readonly engine: Server; readonly bare: Server },
) {
  const files = new Map<BatchFormatName, string>();
  for (const name of BATCH_FORMAT_NAMES) {
    files.set(name, await batchBodiesFile(BATCH_FORMATS[name]));
  }
  return (seconds: number) =>
    async (side: Side): Promise<BatchResult> => {
      await emptyStream(redis, KEY.stream);
      const redisCost = await startRedisCost(redis, KEY.stream);
      const format = BATCH_FORMAT_NAMES.find((name) => side.endsWith(`, ${name}`)) ?? "JSON";
      const closed = { cores: placement.thread.load, connections: BATCH_CONNECTIONS, seconds };
      const sent = { bodiesFile: files.get(format) ?? "", batches: BATCH_FORMATS[format] };
      const server = side.startsWith("engine") ? engine : bare;
      const { accepted, cpuUs } = await serverThroughput(server, { ...closed, ...sent });
      const events = accepted * BATCH_EVENTS;
      const entries = await redis.xlen(KEY.stream);
      // The last requests are appended and not answered.
      if (entries < events * seconds * 0.99) {
        throw new Error(
          `Expected an entry per accepted event, got ${entries} for ${events * seconds}`,
        );
      }
      const result = { events, cpuUs: cpuUs / BATCH_EVENTS, redis: await redisCost() };
      say(`${side}: ${JSON.stringify(result)}`);
      return result;
    };
}

const ofEvents = ({ events }: BatchResult): number => events;
const ofCpu = ({ cpuUs }: BatchResult): number => cpuUs;

function throughputFindings(results: Results): readonly Finding[] {
  const values = (side: Side, figure: (result: BatchResult) => number) => results(side).map(figure);
  const redis = (what: string, figure: (cost: RedisCost) => number): Finding => ({
    what,
    unit: "µs",
    engine: values("engine, JSON", (result) => figure(result.redis)),
    baseline: {
      name: "the bare server's flushes",
      values: values("bare, JSON", (result) => figure(result.redis)),
    },
  });
  return [
    ...BATCH_FORMAT_NAMES.flatMap((format): readonly Finding[] => [
      {
        what: `accepted in batches of ${BATCH_EVENTS}, ${format}`,
        unit: "events/s",
        engine: values(`engine, ${format}`, ofEvents),
        baseline: {
          name: `bare, appending, ${format}`,
          values: values(`bare, ${format}`, ofEvents),
        },
        line: { of: "ratio", bound: "at least", limit: 0.8 },
      },
      {
        what: `processor time an event, ${format}`,
        unit: "µs",
        engine: values(`engine, ${format}`, ofCpu),
        baseline: { name: `bare, appending, ${format}`, values: values(`bare, ${format}`, ofCpu) },
      },
    ]),
    redis("Redis: script an entry, the limit", ({ scriptUs }) => scriptUs),
    redis("Redis: processor time an entry", ({ cpuUs }) => cpuUs),
  ];
}

async function latencyFindings(
  { servers, options, placement, say }: Bench,
  { port, rate }: { readonly port: number; readonly rate: number },
): Promise<readonly Finding[]> {
  const { seconds } = options;
  const { load: cores } = placement.thread;
  const singles = {
    port,
    rate: SINGLES_RATE,
    seconds,
    warmUpSeconds: 1,
    connections: SINGLES_CONNECTIONS,
  };
  // On two cores Redis shares one with both senders, and may not keep up with this rate.
  const acceptedPercents: number[] = [];
  const results = await inTurn(options.pairs, BESIDE, async (side) => {
    await emptyStream(servers.redis, KEY.stream);
    // Batches begin first and end last.
    const batches =
      side === "alone" ? undefined : sendBatches({ port, rate, seconds: seconds + 2 }, cores);
    const result = await sendAtRate(singles, cores);
    if (batches !== undefined) acceptedPercents.push(await batches);
    say(`${side}: ${JSON.stringify(result)}`);
    return result;
  });
  const p99s = (side: (typeof BESIDE)[number]) => results(side).map(({ p99Ms }) => p99Ms);
  const events = Math.round(rate * BATCH_EVENTS).toLocaleString("en");
  return [
    {
      what: `p99 of POST /event at ${SINGLES_RATE.toLocaleString("en")}/s, beside ${events} events/s in batches`,
      unit: "ms",
      engine: p99s("beside batches"),
      baseline: { name: "without batches", values: p99s("alone") },
      line: { of: "ratio", bound: "at most", limit: 3 },
    },
    {
      what: "batches accepted meanwhile",
      unit: "%",
      engine: acceptedPercents,
      line: { of: "value", bound: "at least", limit: 100 },
    },
  ];
}
