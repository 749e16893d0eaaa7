import { freePort } from "../../src/embedded/free-port.ts";
import type { Engine } from "../../test/support/engine.ts";
import type { Bench } from "../bench.ts";
import { WARM_UP_SECONDS } from "../figures/ingest.ts";
import { inTurn } from "../measure/in-turn.ts";
import { ingestThroughput } from "../measure/ingest-throughput.ts";
import type { Finding } from "../report/finding.ts";
import { ONE_INGEST_THREAD, startBenchEngine } from "../start-engine.ts";
import { setAppendFsync } from "../stream-state.ts";
import type { Checkout } from "./checkout.ts";
import { type ComparedEngine, comparedEngines, SIDES, type Side } from "./compared-engines.ts";
import { findingsOf } from "./findings-of.ts";

/** Requests of one ingest thread of each engine: accepted per second, and processor time. */
export async function ingestAgainst(bench: Bench, other: Checkout): Promise<readonly Finding[]> {
  const { servers, options, placement, say } = bench;
  const engines = await comparedEngines(bench, other);
  await servers.place(placement.thread);
  await using databaseOfThis = await engines.this.newDatabase();
  await using databaseOfOther = await engines.other.newDatabase();
  await using servingThis = await start(bench, engines.this, databaseOfThis.url);
  await using servingOther = await start(bench, engines.other, databaseOfOther.url);
  const serving = { this: servingThis, other: servingOther };
  const findings: Finding[] = [];
  for (const appendFsync of ["always", "everysec"] as const) {
    const measureFor = (seconds: number) => async (side: Side) => {
      const { stream } = engines[side].key;
      const load = { server: serving[side], stream, appendFsync, seconds };
      const result = await ingestThroughput(bench, load);
      say(`${side}, ${appendFsync}: ${JSON.stringify(result)}`);
      return result;
    };
    await inTurn(1, SIDES, measureFor(WARM_UP_SECONDS));
    const results = await inTurn(options.pairs, SIDES, measureFor(options.seconds));
    const rows = [
      { field: "cpuUs", what: `processor time a request, appendfsync ${appendFsync}`, unit: "µs" },
      { field: "accepted", what: `accepted, appendfsync ${appendFsync}`, unit: "requests/s" },
    ] as const;
    findings.push(...findingsOf(rows, results, other));
  }
  await setAppendFsync(servers.redis, "always");
  return findings;
}

async function start(
  { servers, placement }: Bench,
  { command, key }: ComparedEngine,
  databaseUrl: string,
): Promise<Engine> {
  const cores = placement.thread.server;
  const env = { ...ONE_INGEST_THREAD, API_PORT: String(freePort()) };
  return await startBenchEngine(servers, { cores, databaseUrl, env, command, key });
}
