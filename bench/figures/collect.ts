import { freePort } from "../../src/embedded/free-port.ts";
import type { Bench } from "../bench.ts";
import { beaconLoad } from "../load/browsers.ts";
import { inTurn } from "../measure/in-turn.ts";
import { ingestThroughput } from "../measure/ingest-throughput.ts";
import type { Throughput } from "../measure/server-throughput.ts";
import type { Finding } from "../report/finding.ts";
import { KEY, ONE_INGEST_THREAD, startBenchEngine } from "../start-engine.ts";
import { WARM_UP_SECONDS } from "./ingest.ts";

const ROUTES = ["/collect", "/event"] as const;

/** Events from browsers per second of one ingest thread, with user agents of a thousand kinds. */
export async function collect(bench: Bench): Promise<readonly Finding[]> {
  const { servers, options, placement, say } = bench;
  const { server: cores } = placement.thread;
  await servers.place(placement.thread);
  await using database = await servers.newDatabase();
  const env = { ...ONE_INGEST_THREAD, API_PORT: String(freePort()) };
  await using engine = await startBenchEngine(servers, { cores, databaseUrl: database.url, env });
  const beacons = await beaconLoad();
  const loads = { "/collect": beacons, "/event": { agentsFile: beacons.agentsFile } };
  const measureFor = (seconds: number) => async (route: (typeof ROUTES)[number]) => {
    const load = { server: engine, stream: KEY.stream, appendFsync: "always" } as const;
    const result = await ingestThroughput(bench, { ...load, ...loads[route], seconds });
    say(`${route}: ${JSON.stringify(result)}`);
    return result;
  };
  await inTurn(1, ROUTES, measureFor(WARM_UP_SECONDS));
  const results = await inTurn(options.pairs, ROUTES, measureFor(options.seconds));
  const compared = (figure: keyof Throughput) => ({
    engine: results("/collect").map((result) => result[figure]),
    baseline: { name: "POST /event", values: results("/event").map((result) => result[figure]) },
  });
  return [
    {
      what: "accepted at POST /collect",
      unit: "requests/s",
      ...compared("accepted"),
      line: { of: "ratio", bound: "at least", limit: 0.7 },
    },
    { what: "processor time a request, POST /collect", unit: "µs", ...compared("cpuUs") },
  ];
}
