import type { Sql } from "postgres";
import type { Engine } from "../../test/support/engine.ts";
import type { Bench, Figure } from "../bench.ts";
import {
  type AskedDates,
  QUESTIONS,
  RANGES,
  type ReportQuestion,
} from "../load/report-questions.ts";
import { inTurn } from "../measure/in-turn.ts";
import { openReportBench } from "../measure/report-bench.ts";
import { askEngine, askSql, openBaseline, requireEqual } from "../measure/report-sides.ts";
import { percentile } from "../measure/summary.ts";
import { timesOf } from "../measure/times-of.ts";
import type { Finding } from "../report/finding.ts";

/** Of one question in one measurement: the fewest that have a 99th percentile below the slowest. */
const ENGINE_TIMES = { atLeast: 101, forMs: 1_000 };
const ONCE = { atLeast: 1, forMs: 0 };
/** Until its code is compiled. */
const WARM_UP = { atLeast: 50, forMs: 1_000 };

/** Reports of the busiest site over a day and a month. */
export const reports: Figure = async (bench) => await findingsOf(bench, [RANGES.day, RANGES.month]);

/** Reports of the busiest site over a year. */
export const yearlyReports: Figure = async (bench) => await findingsOf(bench, [RANGES.year]);

interface Sides {
  readonly engine: Engine;
  readonly sql: Sql;
  readonly question: ReportQuestion;
  readonly dates: AskedDates;
}

/** Compares with SQL over raw rows and rollups. */
async function findingsOf(
  bench: Bench,
  ranges: readonly AskedDates[],
): Promise<readonly Finding[]> {
  await using opened = await openReportBench(bench);
  const { engine, database } = opened;
  const sql = await openBaseline(database.url);
  const findings: Finding[] = [];
  for (const dates of ranges) {
    for (const question of QUESTIONS) {
      findings.push(...(await questionFindings(bench, { engine, sql, question, dates })));
    }
  }
  await sql.end({ timeout: 1 });
  return findings;
}

async function questionFindings(
  { options, say }: Bench,
  { engine, sql, question, dates }: Sides,
): Promise<readonly Finding[]> {
  const what = `${question.name}, ${dates.name}`;
  const { rollupSql } = question;
  const ask = {
    engine: async () => await askEngine(engine.url, question, dates),
    rows: async () => await askSql(sql, question.rawSql, dates),
    rollups: async () => await askSql(sql, rollupSql ?? "", dates),
  };
  requireEqual(what, await ask.engine(), await ask.rows());
  await timesOf(ask.engine, WARM_UP);
  const sides =
    rollupSql === undefined
      ? (["engine", "rows"] as const)
      : (["engine", "rows", "rollups"] as const);
  const times = await inTurn(
    options.pairs,
    sides,
    async (side) => await timesOf(ask[side], side === "engine" ? ENGINE_TIMES : ONCE),
  );
  const percentiles = (side: (typeof sides)[number], share: number) =>
    times(side).map((tookMs) => percentile(tookMs, share));
  const [p50s, p99s] = [percentiles("engine", 0.5), percentiles("engine", 0.99)];
  const ofRows = percentiles("rows", 0.5);
  say(`${what}: p50 ${listOf(p50s)}, p99 ${listOf(p99s)}, raw rows ${listOf(ofRows)} ms`);
  const p50 = { what: `p50 of ${what}`, unit: "ms", engine: p50s };
  const { rawRatioMax, p99MsMax } = dates;
  return [
    {
      what: `p99 of ${what}`,
      unit: "ms",
      engine: p99s,
      line: { of: "value", bound: "at most", limit: p99MsMax },
    },
    {
      ...p50,
      baseline: { name: "SQL over raw rows", values: ofRows },
      ...(rawRatioMax && { line: { of: "ratio", bound: "at most", limit: rawRatioMax } }),
    },
    ...(rollupSql === undefined
      ? []
      : [
          {
            ...p50,
            baseline: {
              name: "count(distinct) over rollups",
              values: percentiles("rollups", 0.5),
            },
          },
        ]),
  ];
}

function listOf(times: readonly number[]): string {
  return times.map((ms) => ms.toFixed(1)).join(" ");
}
