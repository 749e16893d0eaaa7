import { freePort } from "../../src/embedded/free-port.ts";
import type { Engine } from "../../test/support/engine.ts";
import { countRawRows } from "../baselines/count-raw-rows.ts";
import type { Bench } from "../bench.ts";
import { type Ask, askForDays } from "../load/ask-for-days.ts";
import { fillDatabase } from "../load/fill-database.ts";
import { pin } from "../machine/pin.ts";
import { inTurn } from "../measure/in-turn.ts";
import type { Finding } from "../report/finding.ts";
import { type BenchDatabase, openSql } from "../servers.ts";
import { ONE_INGEST_THREAD, startBenchEngine } from "../start-engine.ts";

const MILLION = 1_000_000;

/**
 * Latency of `/stats` with one and with twenty million events, compared with the same result from raw rows. One client sends
 * the same sequence of days and sites in all cases, busy ones more often.
 */
export async function stats(bench: Bench): Promise<readonly Finding[]> {
  const { servers, options, placement, say } = bench;
  await servers.place(placement.machine);
  await using small = await servers.newDatabase();
  await using large = await servers.newDatabase();
  await fill(bench, small, 1);
  await fill(bench, large, options.millions);
  await servers.place(placement.thread);
  pin(placement.thread.load, [process.pid]);
  await using onSmall = await startStatsEngine(bench, small);
  await using onLarge = await startStatsEngine(bench, large);
  const raw = openSql(large.url, 1);

  const sides = {
    "1 million": async (site: string, date: string) => await askEngine(onSmall, site, date),
    large: async (site: string, date: string) => await askEngine(onLarge, site, date),
    "raw rows": async (site: string, date: string) => await countRawRows(raw, site, date),
  } satisfies Readonly<Record<string, Ask>>;
  const measure = async (side: keyof typeof sides) => {
    const { p99Ms, answers } = await askForDays(sides[side], options.seconds);
    say(`${side}: p99 ${p99Ms.toFixed(2)} ms of ${answers} answers`);
    return p99Ms;
  };
  const order = ["1 million", "large", "raw rows"] as const;
  await inTurn(1, order, measure);
  say("warm; measuring");
  const p99s = await inTurn(options.pairs, order, measure);
  await raw.end({ timeout: 1 });
  pin(placement.machine.load, [process.pid]);

  const what = `p99 of a day's stats, ${options.millions} million events`;
  const row = { what, unit: "ms", engine: p99s("large") };
  return [
    {
      ...row,
      baseline: { name: "counted from raw rows", values: p99s("raw rows") },
      line: { of: "value", bound: "at most", limit: 5 },
    },
    {
      ...row,
      baseline: { name: "1 million events", values: p99s("1 million") },
      line: { of: "ratio", bound: "at most", limit: 1.5 },
    },
  ];
}

async function fill({ say }: Bench, { sql }: BenchDatabase, millions: number): Promise<void> {
  const startMs = performance.now();
  await fillDatabase(sql, millions * MILLION);
  const seconds = Math.round((performance.now() - startMs) / 1_000);
  say(`${millions} million events are there after ${seconds} s`);
}

async function startStatsEngine(
  { servers, placement }: Bench,
  { url: databaseUrl }: BenchDatabase,
): Promise<Engine> {
  const env = { ...ONE_INGEST_THREAD, API_PORT: String(freePort()) };
  return await startBenchEngine(servers, { cores: placement.thread.server, databaseUrl, env });
}

async function askEngine({ url }: Engine, site: string, date: string): Promise<void> {
  const answer = await fetch(`${url}/stats?site_id=${site}&date=${date}`);
  const body = await answer.text();
  if (answer.status !== 200) throw new Error(`Expected a day's stats, got ${body}`);
}
