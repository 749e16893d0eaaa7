import { readConfig } from "../../src/config/config.ts";
import { thisEngine } from "../against/compared-engines.ts";
import { copyParts, timeCopy } from "../baselines/copy-rows.ts";
import { type Stored, storeOneByOne } from "../baselines/store-one-by-one.ts";
import type { Bench } from "../bench.ts";
import { fillStream } from "../load/fill-stream.ts";
import { storedEvents } from "../load/stored-events.ts";
import { drainEngine, WARM_UP_ENTRIES } from "../measure/drain-engine.ts";
import { inTurn } from "../measure/in-turn.ts";
import type { Finding, Line } from "../report/finding.ts";
import type { BenchDatabase } from "../servers.ts";
import { KEY } from "../start-engine.ts";

/** More entries than the loops of the usual way can store in time. */
const ONE_BY_ONE_ENTRIES = 100_000;

const SIDES = ["engine", "COPY", "COPYs", "one by one", "loops", "engine, new users"] as const;
type Side = (typeof SIDES)[number];

/**
 * Rate at which a backlog moves from the stream into PostgreSQL, with the engine's defaults on the whole machine; compared
 * with COPY of the same rows and with a transaction per event, both also with as many connections as the engine has consumers.
 * Each measurement has a new database and starts after a checkpoint. The engine's starts after its first entries, because its
 * startup is not part of it; COPY gets those rows as well.
 */
export async function drain(bench: Bench): Promise<readonly Finding[]> {
  const { servers, options, placement, say } = bench;
  await servers.place(placement.machine);
  const consumers = readConfig({}).consumerWorkers;
  const storings = storingsOf(bench, consumers);
  const results = await inTurn(options.pairs, SIDES, async (side) => {
    await using database = await servers.newDatabase();
    await servers.admin`CHECKPOINT`;
    const { events, seconds, cpuSeconds } = await storings[side](database);
    const result = { rate: events / seconds, cpuUs: (1e6 * cpuSeconds) / events };
    say(`${side}: ${JSON.stringify(result)}`);
    return result;
  });
  const rates = (side: Side) => results(side).map(({ rate }) => rate);
  const costs = (side: Side) => results(side).map(({ cpuUs }) => cpuUs);
  const row = { unit: "events/s", what: "stored, default workers", engine: rates("engine") };
  const common = "a transaction and an XACK each";
  return [
    { ...row, baseline: { name: "COPY", values: rates("COPY") }, line: atLeast(0.6) },
    { ...row, baseline: { name: `COPY, ${consumers} connections`, values: rates("COPYs") } },
    { ...row, baseline: { name: common, values: rates("one by one") }, line: atLeast(80) },
    { ...row, baseline: { name: `${common}, ${consumers} loops`, values: rates("loops") } },
    {
      ...row,
      what: "stored, every event of a new user",
      engine: rates("engine, new users"),
      baseline: { name: "COPY", values: rates("COPY") },
    },
    {
      what: "processor time an event, servers included",
      unit: "µs",
      engine: costs("engine"),
      baseline: { name: "COPY", values: costs("COPY") },
    },
  ];
}

function atLeast(limit: number): Line {
  return { of: "ratio", bound: "at least", limit };
}

function storingsOf(
  bench: Bench,
  consumers: number,
): Readonly<Record<Side, (database: BenchDatabase) => Promise<Stored>>> {
  const { servers, options } = bench;
  const { entries } = options;
  const engine = thisEngine(servers);
  const events = storedEvents(WARM_UP_ENTRIES + entries, "skewed");
  const ofNewUsers = storedEvents(WARM_UP_ENTRIES + entries, "new");
  const oneCopy = copyParts(events, 1);
  const copies = copyParts(events, consumers);
  return {
    engine: async (database) => await drainEngine(bench, { engine, database, events }),
    COPY: async ({ url }) => ({ events: events.length, ...(await timeCopy(url, oneCopy)) }),
    COPYs: async ({ url }) => ({ events: events.length, ...(await timeCopy(url, copies)) }),
    "one by one": async ({ url }) => await drainOneByOne(bench, url, 1),
    loops: async ({ url }) => await drainOneByOne(bench, url, consumers),
    "engine, new users": async (database) =>
      await drainEngine(bench, { engine, database, events: ofNewUsers }),
  };
}

async function drainOneByOne(
  { servers: { redis }, options: { seconds } }: Bench,
  databaseUrl: string,
  loops: number,
): Promise<Stored> {
  await fillStream(redis, KEY, storedEvents(ONE_BY_ONE_ENTRIES, "skewed"));
  return await storeOneByOne({ redis, databaseUrl, key: KEY, loops, seconds });
}
