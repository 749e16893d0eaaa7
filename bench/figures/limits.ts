import { join } from "node:path";
import { freePort } from "../../src/embedded/free-port.ts";
import type { Bench } from "../bench.ts";
import { pinned } from "../machine/pin.ts";
import { inTurn } from "../measure/in-turn.ts";
import { ingestThroughput } from "../measure/ingest-throughput.ts";
import type { Throughput } from "../measure/server-throughput.ts";
import type { Finding } from "../report/finding.ts";
import { KEY, ONE_INGEST_THREAD, startBenchEngine } from "../start-engine.ts";
import { WARM_UP_SECONDS } from "./ingest.ts";

/** Never reached, so that every request is checked and accepted. */
const LIMITED = {
  ADDRESS_EVENTS_PER_SECOND: "1000000",
  ADDRESS_REQUESTS_PER_SECOND: "1000000",
};
const ENGINES = ["limited", "unlimited"] as const;
const LIMITERS = ["engine", "rate-limiter-flexible"] as const;

interface Checks {
  readonly newUs: number;
  readonly knownUs: number;
  readonly megabytes: number;
}

/** Cost of limits by address for requests, and of the limiter against a library. */
export async function limits(bench: Bench): Promise<readonly Finding[]> {
  await bench.servers.place(bench.placement.thread);
  return [...(await checks(bench)), ...(await requests(bench))];
}

async function checks({ options, placement, say }: Bench): Promise<readonly Finding[]> {
  const script = join(import.meta.dir, "../load/limiter.ts");
  const results = await inTurn(options.pairs, LIMITERS, async (limiter): Promise<Checks> => {
    const command = pinned(placement.thread.server, [process.execPath, script, limiter]);
    const child = Bun.spawn([...command], { stdio: ["ignore", "pipe", "inherit"] });
    const text = await new Response(child.stdout).text();
    if ((await child.exited) !== 0) throw new Error(`The limiter ${limiter} failed`);
    say(`${limiter}: ${text.trim()}`);
    return JSON.parse(text);
  });
  const compared = (figure: keyof Checks) => ({
    engine: results("engine").map((result) => result[figure]),
    baseline: {
      name: "rate-limiter-flexible",
      values: results("rate-limiter-flexible").map((result) => result[figure]),
    },
  });
  return [
    {
      what: "to check a known address",
      unit: "µs",
      ...compared("knownUs"),
      line: { of: "value", bound: "at most", limit: 1 },
    },
    { what: "to check a new address", unit: "µs", ...compared("newUs") },
    {
      what: "memory of a million addresses",
      unit: "MB",
      ...compared("megabytes"),
      line: { of: "ratio", bound: "at most", limit: 0.1 },
    },
  ];
}

async function requests(bench: Bench): Promise<readonly Finding[]> {
  const { servers, options, placement, say } = bench;
  const { server: cores } = placement.thread;
  await using database = await servers.newDatabase();
  const start = async (more: Readonly<Record<string, string>>) => {
    const env = { ...ONE_INGEST_THREAD, ...more, API_PORT: String(freePort()) };
    return await startBenchEngine(servers, { cores, databaseUrl: database.url, env });
  };
  await using unlimited = await start({});
  await using limited = await start(LIMITED);
  const engines = { limited, unlimited };
  const measureFor = (seconds: number) => async (side: (typeof ENGINES)[number]) => {
    const load = { server: engines[side], stream: KEY.stream, appendFsync: "always" } as const;
    const result = await ingestThroughput(bench, { ...load, seconds });
    say(`${side}: ${JSON.stringify(result)}`);
    return result;
  };
  await inTurn(1, ENGINES, measureFor(WARM_UP_SECONDS));
  const results = await inTurn(options.pairs, ENGINES, measureFor(options.seconds));
  const compared = (figure: keyof Throughput) => ({
    engine: results("limited").map((result) => result[figure]),
    baseline: { name: "unlimited", values: results("unlimited").map((result) => result[figure]) },
  });
  return [
    { what: "accepted, with limits by address", unit: "requests/s", ...compared("accepted") },
    { what: "processor time a request, with limits", unit: "µs", ...compared("cpuUs") },
  ];
}
