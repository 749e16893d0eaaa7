import type { Bench } from "../bench.ts";
import { askDozen } from "../load/ask-dozen.ts";
import { QUESTIONS, RANGES } from "../load/report-questions.ts";
import { inTurn } from "../measure/in-turn.ts";
import { dataOf, openReportBench } from "../measure/report-bench.ts";
import { askEngine } from "../measure/report-sides.ts";
import { percentile } from "../measure/summary.ts";
import { timesOf } from "../measure/times-of.ts";
import type { Finding } from "../report/finding.ts";

/** The fewest that have a 99th percentile below the slowest. */
const TIMES = { atLeast: 101, forMs: 0 };
const WARM_UP_DOZENS = 20;

/** A dozen questions at once, and the same events without those of other sites. */
export async function dashboard(bench: Bench): Promise<readonly Finding[]> {
  await using opened = await openReportBench(bench);
  const { url } = opened.engine;
  return [await dozen(bench, url), await flatness(bench, url)];
}

/** Compared with the slowest of them alone. */
async function dozen({ options, say }: Bench, url: string): Promise<Finding> {
  // The first ones read the columns and run before compilation.
  for (let i = 0; i < WARM_UP_DOZENS; i += 1) await askDozen(url);
  const p99s = await inTurn(options.pairs, ["dozen", "one"], async (side) => {
    if (side === "dozen") return await p99Of(async () => await askDozen(url));
    const alone: number[] = [];
    for (const question of QUESTIONS) {
      alone.push(await p99Of(async () => await askEngine(url, question, RANGES.month)));
    }
    return Math.max(...alone);
  });
  for (const side of ["dozen", "one"] as const) {
    say(
      `p99 of ${side}: ${p99s(side)
        .map((ms) => ms.toFixed(1))
        .join(" ")} ms`,
    );
  }
  return {
    what: "p99 of a dozen questions at once, 31 days",
    unit: "ms",
    engine: p99s("dozen"),
    baseline: { name: "p99 of the slowest alone", values: p99s("one") },
    line: { of: "ratio", bound: "at most", limit: 6 },
  };
}

async function p99Of(call: () => Promise<unknown>): Promise<number> {
  return percentile(await timesOf(call, TIMES), 0.99);
}

/** Compared with a database that has as many events of the busiest site, and no others. */
async function flatness(bench: Bench, url: string): Promise<Finding> {
  const { events, sites } = dataOf(bench);
  const share = Math.log(2) / Math.log(sites + 1);
  await using alone = await openReportBench(bench, {
    events: Math.round(events * share),
    sites: 1,
  });
  const [, pages] = QUESTIONS;
  const p50s = await inTurn(bench.options.pairs, ["all", "alone"], async (side) => {
    const asked = side === "all" ? url : alone.engine.url;
    const ask = async () => pages && (await askEngine(asked, pages, RANGES.month));
    return percentile(await timesOf(ask, TIMES), 0.5);
  });
  return {
    what: `p50 of top pages with visitors, 31 days, ${events / 1e6} million events`,
    unit: "ms",
    engine: p50s("all"),
    baseline: { name: "without other sites' events", values: p50s("alone") },
    line: { of: "ratio", bound: "at most", limit: 1.3 },
  };
}
