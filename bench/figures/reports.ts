import { setTimeout as delay } from "node:timers/promises";
import { freePort } from "../../src/embedded/free-port.ts";
import type { Engine } from "../../test/support/engine.ts";
import type { Bench } from "../bench.ts";
import { fillVisits } from "../load/fill-visits.ts";
import { sendAtRate } from "../load/open-loop.ts";
import { packAll } from "../load/pack-all.ts";
import {
  type AskedDates,
  QUESTIONS,
  RANGES,
  type ReportQuestion,
} from "../load/report-questions.ts";
import { inTurn } from "../measure/in-turn.ts";
import { askEngine, askSql, requireEqual } from "../measure/report-sides.ts";
import { percentile } from "../measure/summary.ts";
import type { Finding } from "../report/finding.ts";
import { type BenchDatabase, openSql } from "../servers.ts";
import { KEY, startBenchEngine } from "../start-engine.ts";
import { deleteStream } from "../stream-state.ts";

const MILLION = 1_000_000;
/** Of a question in one measurement, at least. */
const ASKED_MIN = 20;
/** Of one question in one measurement, beside the first. */
const ASKING_MS = 300;
const DASHBOARDS = 20;
const RATE = 5_000;
/** Between two dashboards of the reader. */
const DASHBOARD_EVERY_MS = 1_000;

/** Reports of the busiest site over a day, a month and a year, compared with SQL over raw rows and rollups, with and without load. */
export async function reports(bench: Bench): Promise<readonly Finding[]> {
  const { servers, options, placement } = bench;
  await servers.place(placement.machine);
  await deleteStream(servers.redis, KEY.stream);
  await using database = await servers.newDatabase();
  await fill(bench, database, { events: options.millions * MILLION, sites: options.sites });
  await using engine = await startReportEngine(bench, database);
  const sql = openSql(database.url, 1);
  const findings: Finding[] = [];
  for (const dates of Object.values(RANGES)) {
    for (const question of QUESTIONS) {
      findings.push(...(await questionFindings(bench, { engine, sql, question, dates })));
    }
  }
  await sql.end({ timeout: 1 });
  findings.push(
    await dashboard(bench, engine),
    await flatness(bench, engine),
    await ingest(bench, engine),
  );
  return findings;
}

async function fill(
  { say }: Bench,
  { sql, url }: BenchDatabase,
  visits: { readonly events: number; readonly sites: number },
): Promise<void> {
  const startMs = performance.now();
  await fillVisits(sql, visits);
  const filledMs = performance.now();
  await packAll(url);
  const [fillS, packS] = [filledMs - startMs, performance.now() - filledMs].map((ms) =>
    Math.round(ms / 1_000),
  );
  const what = `${visits.events} events of ${visits.sites} sites`;
  say(`${what} are there after ${fillS} s, and packed after ${packS} s more`);
}

async function startReportEngine(
  { servers, placement }: Bench,
  { url: databaseUrl }: BenchDatabase,
): Promise<Engine> {
  const env = { API_PORT: String(freePort()) };
  return await startBenchEngine(servers, { cores: placement.machine.server, databaseUrl, env });
}

interface Sides {
  readonly engine: Engine;
  readonly sql: ReturnType<typeof openSql>;
  readonly question: ReportQuestion;
  readonly dates: AskedDates;
}

async function questionFindings(
  { options, say }: Bench,
  { engine, sql, question, dates }: Sides,
): Promise<readonly Finding[]> {
  const what = `${question.name}, ${dates.name}`;
  const ofEngine = async () => await askEngine(engine.url, question, dates);
  const ofRows = async () => await askSql(sql, question.rawSql, dates);
  const { rollupSql } = question;
  requireEqual(what, await ofEngine(), await ofRows());
  const sides =
    rollupSql === undefined
      ? (["engine", "raw rows"] as const)
      : (["engine", "raw rows", "rollups"] as const);
  const times = await inTurn(options.pairs, sides, async (side) => {
    if (side === "engine") return await timesOf(ofEngine, { atLeast: ASKED_MIN, forMs: ASKING_MS });
    const once = { atLeast: 1, forMs: 0 };
    if (side === "raw rows") return await timesOf(ofRows, once);
    return await timesOf(async () => await askSql(sql, rollupSql ?? "", dates), once);
  });
  const share = (side: (typeof sides)[number], part: number) =>
    times(side).map((tookMs) => percentile(tookMs, part));
  const p50s = share("engine", 0.5);
  say(
    `${what}: p50 ${p50s.map((ms) => ms.toFixed(1)).join(" ")} ms, raw rows ${share("raw rows", 0.5)
      .map((ms) => ms.toFixed(0))
      .join(" ")} ms`,
  );
  return [
    {
      what: `p99 of ${what}`,
      unit: "ms",
      engine: share("engine", 0.99),
      line: { of: "value", bound: "at most", limit: dates.p99MsMax },
    },
    {
      what: `p50 of ${what}`,
      unit: "ms",
      engine: p50s,
      baseline: { name: "SQL over raw rows", values: share("raw rows", 0.5) },
      ...(dates.rawRatioMax === undefined
        ? {}
        : { line: { of: "ratio", bound: "at most", limit: dates.rawRatioMax } as const }),
    },
    ...(rollupSql === undefined
      ? []
      : [
          {
            what: `p50 of ${what}`,
            unit: "ms",
            engine: p50s,
            baseline: { name: "count(distinct) over rollups", values: share("rollups", 0.5) },
          },
        ]),
  ];
}

/** Returns how long each call took, ascending. */
async function timesOf(
  call: () => Promise<unknown>,
  { atLeast, forMs }: { readonly atLeast: number; readonly forMs: number },
): Promise<readonly number[]> {
  const tookMs: number[] = [];
  const endMs = performance.now() + forMs;
  while (tookMs.length < atLeast || performance.now() < endMs) {
    const startMs = performance.now();
    await call();
    tookMs.push(performance.now() - startMs);
  }
  return tookMs.toSorted((a, b) => a - b);
}

async function p99Of(call: () => Promise<unknown>): Promise<number> {
  return percentile(await timesOf(call, { atLeast: DASHBOARDS, forMs: 0 }), 0.99);
}

/** Asks a dozen questions a second. */
async function readDashboards(url: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const next = delay(DASHBOARD_EVERY_MS);
    await Promise.all(dozen(url));
    await next;
  }
}

function dozen(url: string): readonly Promise<unknown>[] {
  return Array.from({ length: 12 }, async (_, place) => {
    const question = QUESTIONS[place % QUESTIONS.length];
    return question && (await askEngine(url, question, RANGES.month));
  });
}

/** A dozen questions at once, as a dashboard asks them, compared with the slowest of them alone. */
async function dashboard({ options, say }: Bench, { url }: Engine): Promise<Finding> {
  const p99s = await inTurn(options.pairs, ["dozen", "one"], async (side) => {
    if (side === "dozen") return await p99Of(async () => await Promise.all(dozen(url)));
    const alone: number[] = [];
    for (const question of QUESTIONS) {
      alone.push(await p99Of(async () => await askEngine(url, question, RANGES.month)));
    }
    return Math.max(...alone);
  });
  say(
    `a dozen at once: p99 ${p99s("dozen")
      .map((ms) => ms.toFixed(0))
      .join(" ")} ms`,
  );
  return {
    what: "p99 of a dozen questions at once, 31 days",
    unit: "ms",
    engine: p99s("dozen"),
    baseline: { name: "p99 of the slowest alone", values: p99s("one") },
    line: { of: "ratio", bound: "at most", limit: 6 },
  };
}

/** A database with as many events of the busiest site, and of no other. */
async function flatness(bench: Bench, engine: Engine): Promise<Finding> {
  const { servers, options } = bench;
  const share = Math.log(2) / Math.log(options.sites + 1);
  await using alone = await servers.newDatabase();
  await fill(bench, alone, { events: Math.round(options.millions * MILLION * share), sites: 1 });
  await using other = await startReportEngine(bench, alone);
  const [, pages] = QUESTIONS;
  const p50s = await inTurn(options.pairs, ["all", "alone"], async (side) => {
    const { url } = side === "all" ? engine : other;
    const ask = async () => pages && (await askEngine(url, pages, RANGES.month));
    return percentile(await timesOf(ask, { atLeast: ASKED_MIN, forMs: ASKING_MS }), 0.5);
  });
  return {
    what: `p50 of top pages with visitors, 31 days, ${options.millions} million events`,
    unit: "ms",
    engine: p50s("all"),
    baseline: { name: "without other sites' events", values: p50s("alone") },
    line: { of: "ratio", bound: "at most", limit: 1.3 },
  };
}

/** What readers cost those who send events. */
async function ingest({ options, placement, say }: Bench, { url, port }: Engine): Promise<Finding> {
  const load = { port, rate: RATE, connections: 64, seconds: options.seconds, warmUpSeconds: 2 };
  const p99s = await inTurn(options.pairs, ["with readers", "without readers"], async (side) => {
    const stop = new AbortController();
    const reading = side === "with readers" ? readDashboards(url, stop.signal) : undefined;
    const { p99Ms } = await sendAtRate(load, placement.thread.load);
    stop.abort();
    await reading;
    say(`POST /event ${side}: p99 ${p99Ms.toFixed(1)} ms`);
    return p99Ms;
  });
  return {
    what: `p99 of POST /event at ${RATE.toLocaleString("en")}/s, beside a dashboard a second`,
    unit: "ms",
    engine: p99s("with readers"),
    baseline: { name: "without readers", values: p99s("without readers") },
    line: { of: "ratio", bound: "at most", limit: 1.2 },
  };
}
