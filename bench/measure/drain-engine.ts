import type { ReceivedEvent } from "../../src/event/event.ts";
import type { ComparedEngine } from "../against/compared-engines.ts";
import type { Stored } from "../baselines/store-one-by-one.ts";
import type { Bench } from "../bench.ts";
import { fillStream } from "../load/fill-stream.ts";
import type { BenchDatabase } from "../servers.ts";
import { startBenchEngine } from "../start-engine.ts";
import { timeDrain } from "./time-drain.ts";

/** Stored before the measurement starts, when the engine has started its threads and compiled hot code. */
export const WARM_UP_ENTRIES = 100_000;

export interface EngineDrain {
  readonly engine: ComparedEngine;
  readonly database: BenchDatabase;
  readonly events: readonly ReceivedEvent[];
}

/** Drains a full stream with an engine, and checks that it stored everything. */
export async function drainEngine(
  { servers, placement }: Bench,
  { engine, database, events }: EngineDrain,
): Promise<Stored> {
  const { command, key } = engine;
  const lastId = await fillStream(servers.redis, key, events);
  // The engine may start to read before it prints that it is running.
  const drained = timeDrain(servers.redis, key, { lastId, warmUpEntries: WARM_UP_ENTRIES });
  drained.catch(() => undefined); // Awaited below if the engine starts.
  const options = { cores: placement.machine.server, databaseUrl: database.url, command, key };
  await using _ = await startBenchEngine(servers, options);
  const { entries, ...took } = await drained;
  const stored = await engine.countEvents(database.sql);
  if (stored === events.length) return { events: entries, ...took };
  throw new Error(`Expected ${events.length} events to be stored, got ${stored}`);
}
