import { defaultWorkers, type Workers } from "../../src/config/default-workers.ts";
import { freePort } from "../../src/embedded/free-port.ts";
import { checkInvariants } from "../../test/support/check-invariants.ts";
import { untilDrained } from "../../test/support/engine-servers.ts";
import type { Bench } from "../bench.ts";
import { acceptedPerSecond, CONNECTIONS } from "../load/wrk.ts";
import { coresOf } from "../machine/placement.ts";
import { inTurn } from "../measure/in-turn.ts";
import type { Finding } from "../report/finding.ts";
import { KEY, startBenchEngine } from "../start-engine.ts";
import { deleteStream } from "../stream-state.ts";

/** Measured up to the cores of the machine. */
const CORE_COUNTS = [1, 2, 4, 16];
/** Long enough for every thread to compile hot code. */
const WARM_UP_SECONDS = 3;

/** Events per second accepted under load, and stored until the end of load and backlog. */
interface Result {
  readonly accepted: number;
  readonly stored: number;
}

/**
 * Checks the default numbers of threads against neighbouring ones, with the engine and both servers on this many cores. The
 * closed-loop load stops before the backlog is drained, so that neither accepting nor storing benefits at the expense of the
 * other.
 */
export async function workers(bench: Bench): Promise<readonly Finding[]> {
  const cores = coresOf(bench.placement.machine.server);
  const findings: Finding[] = [];
  for (const count of CORE_COUNTS) {
    if (count > cores.length) continue;
    findings.push(...(await compareOn(bench, cores.slice(0, count))));
  }
  return findings;
}

async function compareOn(
  bench: Bench,
  coreNumbers: readonly number[],
): Promise<readonly Finding[]> {
  const { servers, options, placement, say } = bench;
  const cores = coreNumbers.join(",");
  const on = `on ${coreNumbers.length} ${coreNumbers.length === 1 ? "core" : "cores"}`;
  const usual = defaultWorkers(coreNumbers.length);
  const others = neighboursOf(usual);
  await servers.place({ ...placement.machine, server: cores, redis: cores, postgres: cores });
  const sides = new Map([usual, ...others].map((side) => [nameOf(side), side]));
  const results = await inTurn(options.pairs, [...sides.keys()], async (side) => {
    const result = await acceptAndStore(bench, cores, sides.get(side) ?? usual);
    say(`${on}, ${side}: ${JSON.stringify(result)}`);
    return result;
  });
  const row = (what: keyof Result, other: Workers): Finding => ({
    what: `${what} ${on}: ${nameOf(other)}`,
    unit: "events/s",
    engine: results(nameOf(other)).map((result) => result[what]),
    baseline: {
      name: `${nameOf(usual)}, the default`,
      values: results(nameOf(usual)).map((result) => result[what]),
    },
  });
  return others.flatMap((other) => [row("accepted", other), row("stored", other)]);
}

/** Twice and half of each default. */
function neighboursOf({ ingest, consumers }: Workers): readonly Workers[] {
  return [
    { ingest, consumers: consumers * 2 },
    { ingest, consumers: consumers / 2 },
    { ingest: ingest * 2, consumers },
    { ingest: ingest / 2, consumers },
  ].filter((counts) => Object.values(counts).every(Number.isInteger));
}

async function acceptAndStore(
  { servers, options, placement }: Bench,
  cores: string,
  { ingest, consumers }: Workers,
): Promise<Result> {
  const { redis } = servers;
  await deleteStream(redis, KEY.stream);
  await using database = await servers.newDatabase();
  await servers.admin`CHECKPOINT`;
  const port = freePort();
  const env = {
    INGEST_WORKERS: String(ingest),
    CONSUMER_WORKERS: String(consumers),
    API_PORT: String(port),
  };
  await using _ = await startBenchEngine(servers, { cores, databaseUrl: database.url, env });
  const load = { port, cores: placement.thread.load, connections: CONNECTIONS };
  await acceptedPerSecond({ ...load, seconds: WARM_UP_SECONDS });
  await untilDrained({ redis, key: KEY });
  const storedBefore = await checkInvariants(database.sql);
  const startMs = performance.now();
  const accepted = await acceptedPerSecond({ ...load, seconds: options.seconds });
  await untilDrained({ redis, key: KEY });
  const seconds = (performance.now() - startMs) / 1_000;
  const stored = (await checkInvariants(database.sql)) - storedBefore;
  return { accepted, stored: stored / seconds };
}

function nameOf({ ingest, consumers }: Workers): string {
  return `${ingest} ingest, ${consumers} storing`;
}
