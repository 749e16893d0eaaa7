import { freePort } from "../../src/embedded/free-port.ts";
import { IngestMetrics } from "../../src/metrics/ingest-metrics.ts";
import { ThreadMetrics } from "../../src/metrics/thread-metrics.ts";
import type { Bench } from "../bench.ts";
import { CONNECTIONS } from "../load/wrk.ts";
import { callCostUs } from "../measure/call-cost.ts";
import { inTurn } from "../measure/in-turn.ts";
import { serverThroughput, type Throughput } from "../measure/server-throughput.ts";
import type { Finding } from "../report/finding.ts";
import { KEY, ONE_INGEST_THREAD, startBenchEngine } from "../start-engine.ts";
import { emptyStream } from "../stream-state.ts";

/** Fifteen times as often as Prometheus scrapes. */
const SCRAPE_INTERVAL_MS = 1_000;
const WARM_UP_SECONDS = 3;
/** A long-running engine has compiled the code of a scrape. */
const WARM_UP_SCRAPES = 300;
const SIDES = ["scraped", "not scraped"] as const;
/** Accepted cost of metrics, as a share of throughput and CPU time. */
const SHARE_MAX = 0.02;

/** Cost of `GET /metrics` for its ingest thread, and of counting each request. */
export async function metrics(bench: Bench): Promise<readonly Finding[]> {
  const { servers, options, placement, say } = bench;
  const { server: cores, load } = placement.thread;
  await servers.place(placement.thread);
  await using database = await servers.newDatabase();
  const env = { ...ONE_INGEST_THREAD, API_PORT: String(freePort()) };
  await using engine = await startBenchEngine(servers, { cores, databaseUrl: database.url, env });
  const measureFor = (seconds: number) => async (side: (typeof SIDES)[number]) => {
    await emptyStream(servers.redis, KEY.stream);
    const stopScraping = side === "scraped" ? startScraping(engine.url) : async () => 0;
    const closed = { cores: load, connections: CONNECTIONS, seconds };
    const result = await serverThroughput(engine, closed);
    say(`${side}: ${JSON.stringify({ ...result, scrapes: await stopScraping() })}`);
    return result;
  };
  await inTurn(1, SIDES, measureFor(WARM_UP_SECONDS));
  for (let times = 1; times <= WARM_UP_SCRAPES; times += 1) await scrape(engine.url);
  say("warm; measuring");
  const results = await inTurn(options.pairs, SIDES, measureFor(options.seconds));
  return findingsOf(results("scraped"), results("not scraped"));
}

function findingsOf(
  scraped: readonly Throughput[],
  unscraped: readonly Throughput[],
): readonly Finding[] {
  const compared = (figure: keyof Throughput) => ({
    engine: scraped.map((result) => result[figure]),
    baseline: { name: "not scraped", values: unscraped.map((result) => result[figure]) },
  });
  const cpuUs = unscraped.map((result) => result.cpuUs);
  return [
    {
      what: "accepted, scraped every second",
      unit: "requests/s",
      ...compared("accepted"),
      line: { of: "ratio", bound: "at least", limit: 1 - SHARE_MAX },
    },
    {
      what: "processor time a request, scraped every second",
      unit: "µs",
      ...compared("cpuUs"),
      line: { of: "ratio", bound: "at most", limit: 1 + SHARE_MAX },
    },
    {
      what: "to count a request",
      unit: "µs",
      engine: cpuUs.map(() => countingCostUs()),
      baseline: { name: "the whole request", values: cpuUs },
      line: { of: "ratio", bound: "at most", limit: SHARE_MAX },
    },
  ];
}

/** Scrapes on a new connection each time. Returns the number of scrapes when stopped. */
function startScraping(url: string): () => Promise<number> {
  const scrapes: Promise<string>[] = [];
  const timer = setInterval(() => scrapes.push(scrape(url)), SCRAPE_INTERVAL_MS);
  return async () => {
    clearInterval(timer);
    return (await Promise.all(scrapes)).length;
  };
}

async function scrape(url: string): Promise<string> {
  const response = await fetch(`${url}/metrics`, { headers: { Connection: "close" } });
  if (!response.ok) throw new Error(`Expected the metrics, got ${response.status}`);
  return await response.text();
}

/** Cost of the metrics of an accepted request, including both clock readings. */
function countingCostUs(): number {
  const thread = new ThreadMetrics("bench", { droppedLogLines: () => 0 });
  const counted = new IngestMetrics(thread.registry);
  return callCostUs(() => {
    counted.accepted();
    counted.answered("/event", 202, performance.now());
  });
}
