import { readConfig } from "../../src/config.ts";
import type { ReceivedEvent } from "../../src/event/event.ts";
import { checkInvariants } from "../../test/support/check-invariants.ts";
import { copyParts, timeCopy } from "../baselines/copy-rows.ts";
import { storeOneByOne } from "../baselines/store-one-by-one.ts";
import type { Bench } from "../bench.ts";
import { fillStream } from "../load/fill-stream.ts";
import { storedEvents } from "../load/stored-events.ts";
import { inTurn } from "../measure/in-turn.ts";
import { timeDrain } from "../measure/time-drain.ts";
import type { Finding, Line } from "../report/finding.ts";
import type { BenchDatabase } from "../servers.ts";
import { KEY, startBenchEngine } from "../start-engine.ts";

/** Entries that the loops of the common way cannot get through in the time they have. */
const ONE_BY_ONE_ENTRIES = 100_000;

/**
 * How fast the backlog goes from the stream into PostgreSQL, with the engine's defaults, all its threads, and
 * the whole machine; against COPY of the same rows, and against a transaction an event. Both also with as many
 * connections as the engine has consumers, which is what they could do at best. Every measurement has a new
 * database, and begins after a checkpoint.
 */
export async function drain(bench: Bench): Promise<readonly Finding[]> {
  const { servers, options, placement, say } = bench;
  await servers.place(placement.machine);
  const events = storedEvents(options.entries, "skewed");
  const ofNewUsers = storedEvents(options.entries, "new");
  const consumers = readConfig({}).consumerWorkers;
  const parts = { one: copyParts(events, 1), many: copyParts(events, consumers) };
  const sides = {
    engine: async (database: BenchDatabase) => await drainOnce(bench, database, events),
    COPY: async ({ url }: BenchDatabase) => events.length / (await timeCopy(url, parts.one)),
    COPYs: async ({ url }: BenchDatabase) => events.length / (await timeCopy(url, parts.many)),
    "one by one": async (database: BenchDatabase) => await oneByOne(bench, database, 1),
    loops: async (database: BenchDatabase) => await oneByOne(bench, database, consumers),
    "engine, new users": async (database: BenchDatabase) =>
      await drainOnce(bench, database, ofNewUsers),
  };
  const order = ["engine", "COPY", "COPYs", "one by one", "loops", "engine, new users"] as const;
  const rates = await inTurn(options.pairs, order, async (side) => {
    await using database = await servers.newDatabase();
    await servers.admin`CHECKPOINT`;
    const rate = await sides[side](database);
    say(`${side}: ${Math.round(rate)} events a second`);
    return rate;
  });
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
  ];
}

function atLeast(limit: number): Line {
  return { of: "ratio", bound: "at least", limit };
}

/** Drains a full stream with an engine, and makes sure that it has stored and counted everything. */
async function drainOnce(
  { servers, placement }: Bench,
  { url, sql }: BenchDatabase,
  events: readonly ReceivedEvent[],
): Promise<number> {
  const { server: cores } = placement.machine;
  const lastId = await fillStream(servers.redis, KEY, events);
  // The engine may begin before it says that it is running.
  const drained = timeDrain(servers.redis, KEY, lastId);
  drained.catch(() => undefined); // Awaited below, unless the engine does not start.
  await using _ = await startBenchEngine(servers, { cores, databaseUrl: url });
  const seconds = await drained;
  const stored = await checkInvariants(sql);
  if (stored === events.length) return stored / seconds;
  throw new Error(`Expected ${events.length} events to be stored, got ${stored}`);
}

async function oneByOne(
  { servers, options }: Bench,
  { url: databaseUrl }: BenchDatabase,
  loops: number,
): Promise<number> {
  const { redis } = servers;
  await fillStream(redis, KEY, storedEvents(ONE_BY_ONE_ENTRIES, "skewed"));
  return await storeOneByOne({ redis, databaseUrl, key: KEY, loops, seconds: options.seconds });
}
