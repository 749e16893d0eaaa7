import { join } from "node:path";
import { freePort } from "../../src/embedded/free-port.ts";
import { emptyFolder } from "../../test/support/engine.ts";
import type { Bench } from "../bench.ts";
import { acceptedPerSecond, CONNECTIONS } from "../load/wrk.ts";
import type { Finding } from "../report/finding.ts";
import { KEY, ONE_INGEST_THREAD, startBenchEngine } from "../start-engine.ts";
import { deleteStream } from "../stream-state.ts";

/** The first example in the README; a test compares them. */
export const README_EVENT = `{"site_id":"example.com","event_type":"page_view","path":"/pricing","user_id":"user-42","timestamp":"2026-01-15T09:30:00Z"}`;

const SECONDS = 2;

/**
 * Memory of Redis per entry: `MEMORY USAGE` of the stream with all nodes (`SAMPLES 0`), divided by its entries. Sends some ten
 * thousand events through the engine, so that the fixed cost of a stream does not matter. Deterministic, so it is measured
 * once.
 */
export async function bytes({ servers, placement }: Bench): Promise<readonly Finding[]> {
  const { server: cores, load } = placement.thread;
  await servers.place(placement.thread);
  await deleteStream(servers.redis, KEY.stream);
  await using database = await servers.newDatabase();
  const env = { ...ONE_INGEST_THREAD, API_PORT: String(freePort()) };
  await using engine = await startBenchEngine(servers, { cores, databaseUrl: database.url, env });
  const bodiesFile = join(emptyFolder(), "readme-event.jsonl");
  await Bun.write(bodiesFile, `${README_EVENT}\n`);
  const sending = { port: engine.port, seconds: SECONDS, cores: load, connections: CONNECTIONS };
  await acceptedPerSecond({ ...sending, bodiesFile });
  const entries = await servers.redis.xlen(KEY.stream);
  const used = Number(await servers.redis.memory("USAGE", KEY.stream, "SAMPLES", 0));
  return [
    {
      what: `Redis memory an entry of the backlog, over ${entries.toLocaleString("en")}`,
      unit: "bytes",
      engine: [used / entries],
      line: { of: "value", bound: "at most", limit: 160 },
    },
  ];
}
