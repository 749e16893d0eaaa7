import { setTimeout as delay } from "node:timers/promises";
import type { Bench } from "../bench.ts";
import { askDozen } from "../load/ask-dozen.ts";
import { sendAtRate } from "../load/open-loop.ts";
import { inTurn } from "../measure/in-turn.ts";
import { openReportBench } from "../measure/report-bench.ts";
import type { Finding } from "../report/finding.ts";

const RATE = 5_000;
/** Between two dashboards of the reader. */
const DASHBOARD_EVERY_MS = 1_000;

/** What readers of reports cost those who send events. */
export async function readers(bench: Bench): Promise<readonly Finding[]> {
  await using opened = await openReportBench(bench);
  const { url, port } = opened.engine;
  // The baseline's of another figure: no engine pays for it.
  await opened.database.sql`DROP INDEX IF EXISTS events_by_time`;
  const { options, placement, say } = bench;
  const load = { port, rate: RATE, connections: 64, seconds: options.seconds, warmUpSeconds: 2 };
  const measure = async (side: "with readers" | "without readers") => {
    const stop = new AbortController();
    const reading = side === "with readers" ? readDashboards(url, stop.signal) : undefined;
    const { p99Ms } = await sendAtRate(load, placement.thread.load);
    stop.abort();
    await reading;
    say(`POST /event ${side}: p99 ${p99Ms.toFixed(1)} ms`);
    return p99Ms;
  };
  // The first dashboards read the columns and run before compilation.
  await measure("with readers");
  say("warm; measuring");
  const p99s = await inTurn(options.pairs, ["with readers", "without readers"], measure);
  return [
    {
      what: `p99 of POST /event at ${RATE.toLocaleString("en")}/s, beside a dashboard a second`,
      unit: "ms",
      engine: p99s("with readers"),
      baseline: { name: "without readers", values: p99s("without readers") },
      line: { of: "ratio", bound: "at most", limit: 1.2 },
    },
  ];
}

async function readDashboards(url: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const next = delay(DASHBOARD_EVERY_MS);
    await askDozen(url);
    await next;
  }
}
