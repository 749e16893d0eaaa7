import { freePort } from "../../../src/embedded/free-port.ts";
import { type Engine, spawnEngine, startEngine } from "../../../test/support/engine.ts";
import { clientEvents } from "../../load/event-bodies.ts";
import { measureDrain } from "../../measure/time-drain.ts";
import { KEY } from "../../start-engine.ts";
import type { Predicted } from "../predict.ts";
import type { Unit, Used } from "./unit.ts";

export type Measured = Predicted;

export interface Amount {
  /** Sent and stored before the measurement, while the runtime compiles hot code. */
  readonly warmUp: number;
  readonly measured: number;
  readonly eventsPerRequest: number;
}

/**
 * Sends batches to each unit through an engine that only accepts, one after the other, so that each is a flush of its own. Then
 * stores them by an engine that only stores. Returns what an event cost on average over all units, which work at the same time.
 */
export async function acceptAndStore(units: readonly Unit[], amount: Amount): Promise<Measured> {
  const accepted = await Promise.all(units.map(async (unit) => await accept(unit, amount)));
  const stored = await Promise.all(units.map(async (unit) => await store(unit, amount)));
  const [appending, storing] = [meanOf(accepted), meanOf(stored)];
  return {
    ingestUs: appending.engineUs,
    redisAppendUs: appending.redisUs,
    redisReadUs: storing.redisUs,
    consumerUs: storing.engineUs,
    postgresUs: storing.postgresUs,
    appendBytes: appending.redisBytes + storing.redisBytes,
    walBytes: storing.walBytes,
  };
}

async function accept(unit: Unit, amount: Amount): Promise<PerEvent> {
  await using engine = await startEngine({
    env: { ...environmentOf(unit), INGEST_WORKERS: "1", CONSUMER_WORKERS: "0" },
  });
  await sendAll(engine, bodiesOf(amount.warmUp, amount.eventsPerRequest));
  const bodies = bodiesOf(amount.measured, amount.eventsPerRequest);
  const end = await unit.measure(engine);
  await sendAll(engine, bodies);
  return perEvent(await end(), amount.measured);
}

async function store(unit: Unit, { warmUp }: Amount): Promise<PerEvent> {
  const { redis } = unit.servers;
  const [[lastId] = [""]] = await redis.xrevrange(KEY.stream, "+", "-", "COUNT", 1);
  await using engine = spawnEngine({
    env: { ...environmentOf(unit), INGEST_WORKERS: "0", CONSUMER_WORKERS: "1" },
  });
  const { entries, measured } = await measureDrain(redis, KEY, {
    lastId,
    warmUpEntries: warmUp,
    start: () => {
      const begun = unit.measure(engine);
      return async () => await (await begun)();
    },
  });
  return perEvent(await measured, entries);
}

function environmentOf({ servers, database }: Unit): Readonly<Record<string, string>> {
  return {
    REDIS_URL: servers.redisUrl,
    DATABASE_URL: database.url,
    API_PORT: String(freePort()),
  };
}

function bodiesOf(count: number, eventsPerRequest: number): readonly string[] {
  const events = [...clientEvents(count)];
  return Array.from({ length: Math.ceil(count / eventsPerRequest) }, (_, i) =>
    JSON.stringify(events.slice(i * eventsPerRequest, (i + 1) * eventsPerRequest)),
  );
}

async function sendAll({ url }: Engine, bodies: readonly string[]): Promise<void> {
  const headers = { "Content-Type": "application/json" };
  for (const body of bodies) {
    const response = await fetch(`${url}/events`, { method: "POST", headers, body });
    const text = await response.text();
    if (response.status !== 202) throw new Error(`Expected 202, got ${response.status}: ${text}`);
  }
}

interface PerEvent {
  readonly engineUs: number;
  readonly redisUs: number;
  readonly postgresUs: number;
  readonly redisBytes: number;
  readonly walBytes: number;
}

function perEvent(used: Used, events: number): PerEvent {
  return {
    engineUs: (1e6 * used.engineSeconds) / events,
    redisUs: (1e6 * used.redisSeconds) / events,
    postgresUs: (1e6 * used.postgresSeconds) / events,
    redisBytes: (used.redisInBytes + used.redisOutBytes) / events,
    walBytes: used.walBytes / events,
  };
}

function meanOf(all: readonly PerEvent[]): PerEvent {
  const mean = (figure: keyof PerEvent): number =>
    all.reduce((sum, each) => sum + each[figure], 0) / all.length;
  return {
    engineUs: mean("engineUs"),
    redisUs: mean("redisUs"),
    postgresUs: mean("postgresUs"),
    redisBytes: mean("redisBytes"),
    walBytes: mean("walBytes"),
  };
}
