import { freePort } from "../../src/embedded/free-port.ts";
import { postgresPids, redisPid } from "../../test/support/server-processes.ts";
import type { Bench } from "../bench.ts";
import { sendAtRate } from "../load/open-loop.ts";
import { probeFreshness } from "../measure/probe-freshness.ts";
import { percentile } from "../measure/summary.ts";
import { treeCpuSeconds } from "../measure/tree-cpu.ts";
import type { Finding } from "../report/finding.ts";
import { KEY, startBenchEngine } from "../start-engine.ts";
import { deleteStream } from "../stream-state.ts";

/** Events a second. */
const RATE = 5_000;
const CONNECTIONS = 64;
const WARM_UP_SECONDS = 2;

/** Time from the 202 of an event until `/stats` shows it, at 5,000 other events per second. */
export async function freshness(bench: Bench): Promise<readonly Finding[]> {
  const { servers, options, placement, say } = bench;
  const { server: cores } = placement.machine;
  await servers.place(placement.machine);
  await deleteStream(servers.redis, KEY.stream);
  await using database = await servers.newDatabase();
  const env = { API_PORT: String(freePort()) };
  await using engine = await startBenchEngine(servers, { cores, databaseUrl: database.url, env });
  const p50s: number[] = [];
  const p99s: number[] = [];
  const costs: number[] = [];
  const roots = [
    engine.pid,
    await redisPid(servers.redis),
    ...(await postgresPids(servers.admin)).slice(0, 1),
  ];
  const usedSeconds = (): number => roots.reduce((sum, pid) => sum + treeCpuSeconds(pid), 0);
  for (let round = 0; round < options.pairs; round += 1) {
    const timing = { seconds: options.seconds, warmUpSeconds: WARM_UP_SECONDS };
    const load = { port: engine.port, rate: RATE, connections: CONNECTIONS, ...timing };
    const usedBefore = usedSeconds();
    const probing = probeFreshness(engine.url, timing);
    const sending = sendAtRate(load, placement.thread.load);
    // Both must finish before the failure of one stops the engine.
    await Promise.allSettled([probing, sending]);
    const [lagsMs] = await Promise.all([probing, sending]);
    const events = RATE * (timing.seconds + timing.warmUpSeconds);
    costs.push((1e6 * (usedSeconds() - usedBefore)) / events);
    const sorted = lagsMs.toSorted((a, b) => a - b);
    p50s.push(percentile(sorted, 0.5));
    p99s.push(percentile(sorted, 0.99));
    say(
      `p99 ${p99s.at(-1)?.toFixed(1)} ms of ${sorted.length} probes, ${costs.at(-1)?.toFixed(0)} µs an event`,
    );
  }
  const rate = `at ${RATE.toLocaleString("en")}/s`;
  const at = `from 202 to /stats ${rate}`;
  return [
    { what: `p50 ${at}`, unit: "ms", engine: p50s },
    {
      what: `p99 ${at}`,
      unit: "ms",
      engine: p99s,
      line: { of: "value", bound: "at most", limit: 250 },
    },
    { what: `processor time an event ${rate}, servers included`, unit: "µs", engine: costs },
  ];
}
