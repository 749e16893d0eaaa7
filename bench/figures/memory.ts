import { setTimeout as delay } from "node:timers/promises";
import { freePort } from "../../src/embedded/free-port.ts";
import type { Bench } from "../bench.ts";
import { sendAtRate } from "../load/open-loop.ts";
import { type ProcessMemory, processMemory } from "../measure/process-memory.ts";
import { summaryOf } from "../measure/summary.ts";
import type { Finding } from "../report/finding.ts";
import { KEY, startBenchEngine } from "../start-engine.ts";
import { deleteStream } from "../stream-state.ts";

/** Events a second. */
const RATE = 10_000;
const CONNECTIONS = 64;
const SAMPLE_MS = 1_000;
const SAMPLES_A_MINUTE = 60;

/**
 * Whether the engine's memory grows: its last minute against its first, at 10,000 events a second. The heap of
 * its threads is, from outside, its anonymous memory: all that is not the program and its libraries.
 */
export async function memory(bench: Bench): Promise<readonly Finding[]> {
  const { servers, options, placement, say } = bench;
  const { server: cores } = placement.machine;
  await servers.place(placement.machine);
  await deleteStream(servers.redis, KEY.stream);
  await using database = await servers.newDatabase();
  const env = { API_PORT: String(freePort()) };
  await using engine = await startBenchEngine(servers, { cores, databaseUrl: database.url, env });
  const samples: ProcessMemory[] = [];
  const sampled = new AbortController();
  const sampling = (async () => {
    while (!sampled.signal.aborted) {
      samples.push(processMemory(engine.pid));
      if (samples.length % SAMPLES_A_MINUTE === 0) say(JSON.stringify(samples.at(-1)));
      await delay(SAMPLE_MS);
    }
  })();
  const seconds = options.minutes * 60;
  await sendAtRate(
    { port: engine.port, rate: RATE, seconds, warmUpSeconds: 0, connections: CONNECTIONS },
    placement.thread.load,
  );
  sampled.abort();
  await sampling;
  const backlog = await servers.redis.xlen(KEY.stream);
  say(`${backlog} entries in the stream at the end`);

  const finding = (name: string, megabytes: (sample: ProcessMemory) => number): Finding => {
    const minute = (part: readonly ProcessMemory[]) => summaryOf(part.map(megabytes)).median;
    return {
      what: `${name}, minute ${options.minutes} at ${RATE.toLocaleString("en")}/s`,
      unit: "MB",
      engine: [minute(samples.slice(-SAMPLES_A_MINUTE))],
      baseline: {
        name: "its own first minute",
        values: [minute(samples.slice(0, SAMPLES_A_MINUTE))],
      },
      line: { of: "ratio", bound: "at most", limit: 1.1 },
    };
  };
  return [
    finding("resident memory", ({ residentMegabytes }) => residentMegabytes),
    finding("anonymous memory", ({ anonymousMegabytes }) => anonymousMegabytes),
  ];
}
