import { freePort } from "../../src/embedded/free-port.ts";
import type { Bench } from "../bench.ts";
import { sendAtRate } from "../load/open-loop.ts";
import type { ProcessMemory } from "../measure/process-memory.ts";
import { SAMPLES_A_MINUTE, sampleMemory } from "../measure/sample-memory.ts";
import { summaryOf } from "../measure/summary.ts";
import type { Finding } from "../report/finding.ts";
import { KEY, startBenchEngine } from "../start-engine.ts";
import { deleteStream } from "../stream-state.ts";

/** Events a second. */
const RATE = 10_000;
const CONNECTIONS = 64;

/**
 * Growth of the engine's memory: the last minute compared with the first, at 10,000 events per second. The heap of its threads
 * is measured as anonymous memory, without the program and its libraries.
 */
export async function memory(bench: Bench): Promise<readonly Finding[]> {
  const { servers, options, placement, say } = bench;
  const { server: cores } = placement.machine;
  await servers.place(placement.machine);
  await deleteStream(servers.redis, KEY.stream);
  await using database = await servers.newDatabase();
  const env = { API_PORT: String(freePort()) };
  await using engine = await startBenchEngine(servers, { cores, databaseUrl: database.url, env });
  const seconds = options.minutes * 60;
  const load = {
    port: engine.port,
    rate: RATE,
    seconds,
    warmUpSeconds: 0,
    connections: CONNECTIONS,
  };
  const sending = sendAtRate(load, placement.thread.load);
  const samples = await sampleMemory(engine.pid, sending, say);
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
