import { freePort } from "../../src/embedded/free-port.ts";
import {
  startAppendingServer,
  startBareServer,
  startExpressServer,
} from "../baselines/start-baseline.ts";
import type { Bench } from "../bench.ts";
import { siteBodiesFile } from "../load/event-bodies.ts";
import { inTurn } from "../measure/in-turn.ts";
import { ingestThroughput } from "../measure/ingest-throughput.ts";
import type { Throughput } from "../measure/server-throughput.ts";
import type { Finding } from "../report/finding.ts";
import { KEY, ONE_INGEST_THREAD, startBenchEngine } from "../start-engine.ts";
import { KEYED_SITE, startKeyedEngine } from "../start-keyed-engine.ts";
import { setAppendFsync } from "../stream-state.ts";

/** Long enough for both runtimes to compile hot code. */
export const WARM_UP_SECONDS = 3;

const SIDES = [
  "engine",
  "bare Bun.serve",
  "bare, appending",
  "Express, an XADD each",
  "engine, everysec",
  "bare, appending, everysec",
  "engine, one site",
  "engine, one site with a key",
] as const;
type Side = (typeof SIDES)[number];

/** Accepted requests per second of one ingest thread, compared with a bare server, one that appends, and Express. */
export async function ingest(bench: Bench): Promise<readonly Finding[]> {
  const { servers, options, placement, say } = bench;
  const { server: cores } = placement.thread;
  const { redis, redisUrl } = servers;
  await servers.place(placement.thread);
  await using database = await servers.newDatabase();
  const env = { ...ONE_INGEST_THREAD, API_PORT: String(freePort()) };
  await using engine = await startBenchEngine(servers, { cores, databaseUrl: database.url, env });
  await using keyed = await startKeyedEngine(bench);
  await using bare = await startBareServer(cores);
  const appendTo = { redisUrl, stream: KEY.stream };
  await using appending = await startAppendingServer(cores, appendTo);
  await using express = await startExpressServer(cores, appendTo);
  const serverOf: Readonly<Record<Side, { readonly port: number; readonly pid: number }>> = {
    engine,
    "bare Bun.serve": bare,
    "bare, appending": appending,
    "bare, appending, everysec": appending,
    "Express, an XADD each": express,
    "engine, everysec": engine,
    "engine, one site": engine,
    "engine, one site with a key": keyed.engine,
  };
  const bodiesFile = await siteBodiesFile(KEYED_SITE);
  const loadOf = (side: Side) => {
    if (side === "engine, one site") return { stream: KEY.stream, bodiesFile };
    if (side !== "engine, one site with a key") return { stream: KEY.stream };
    return { stream: keyed.stream, bodiesFile, key: keyed.key };
  };
  const measureFor = (seconds: number) => async (side: Side) => {
    const appendFsync = side.endsWith("everysec") ? "everysec" : "always";
    const server = serverOf[side];
    const load = { ...loadOf(side), server, appendFsync, seconds } as const;
    const result = await ingestThroughput(bench, load);
    say(`${side}: ${JSON.stringify(result)}`);
    return result;
  };
  await inTurn(1, SIDES, measureFor(WARM_UP_SECONDS));
  say("warm; measuring");
  const results = await inTurn(options.pairs, SIDES, measureFor(options.seconds));
  await setAppendFsync(redis, "always");
  return findingsOf(results);
}

function findingsOf(results: (side: Side) => readonly Throughput[]): readonly Finding[] {
  const of = (side: Side, figure: keyof Throughput) => ({
    name: side,
    values: results(side).map((result) => result[figure]),
  });
  const against = (side: Side, figure: keyof Throughput) => ({
    engine: of("engine", figure).values,
    baseline: of(side, figure),
  });
  const accepted = { what: "accepted, appendfsync always", unit: "requests/s" };
  const everysec = {
    what: "accepted, appendfsync everysec",
    unit: "requests/s",
    engine: of("engine, everysec", "accepted").values,
  };
  const cost = { what: "processor time a request", unit: "µs" };
  return [
    {
      ...accepted,
      ...against("bare Bun.serve", "accepted"),
      line: { of: "ratio", bound: "at least", limit: 0.8 },
    },
    {
      ...accepted,
      ...against("Express, an XADD each", "accepted"),
      line: { of: "ratio", bound: "at least", limit: 10 },
    },
    { ...accepted, ...against("bare, appending", "accepted") },
    { ...everysec, baseline: of("bare Bun.serve", "accepted") },
    { ...everysec, baseline: of("bare, appending, everysec", "accepted") },
    { ...cost, ...against("bare Bun.serve", "cpuUs") },
    { ...cost, ...against("bare, appending", "cpuUs") },
    { ...cost, ...against("Express, an XADD each", "cpuUs") },
    {
      what: "accepted with a write key, appendfsync always",
      unit: "requests/s",
      engine: of("engine, one site with a key", "accepted").values,
      baseline: of("engine, one site", "accepted"),
      line: { of: "ratio", bound: "at least", limit: 0.9 },
    },
    {
      what: "processor time a request with a write key",
      unit: "µs",
      engine: of("engine, one site with a key", "cpuUs").values,
      baseline: of("engine, one site", "cpuUs"),
    },
    {
      what: "server waited for its core",
      unit: "%",
      engine: of("engine", "waitedPercent").values,
      baseline: of("bare Bun.serve", "waitedPercent"),
    },
  ];
}
