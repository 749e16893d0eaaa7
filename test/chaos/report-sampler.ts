import { setTimeout as delay } from "node:timers/promises";
import postgres from "postgres";
import { wait } from "../../src/async/wait.ts";
import { readStats } from "../support/api-client.ts";
import { askReport } from "../support/ask-report.ts";
import type { History } from "./history.ts";
import { Stalls } from "./stalls.ts";
import { type DayCounts, StoredDays } from "./stored-days.ts";
import type { World } from "./world.ts";

const INTERVAL_MS = 500;
/** PostgreSQL may be suspended: what was stored before is still stored. */
const READ_MS_MAX = 2_000;
/** A question waits and computes up to 15 s; a thread that hangs is found after 10 s. */
const ANSWER_MS_MAX = 30_000;

export interface SampledReports {
  /** Answers with status 200. */
  readonly answers: number;
  /** Counts of days that did not change between the reading before and after: those must be equal. */
  readonly exact: number;
}

export interface ReportSampler {
  stop(): Promise<SampledReports>;
}

interface Engine {
  readonly url: string;
  readonly couldAnswerSince: (ms: number) => boolean;
}

/**
 * Asks `/query` and `/stats` for the days of a site, about twice a second. An answer counts at least what was stored and visible before the
 * question, and at most what was when it came, whatever is packed: without a change between, both count the same. It comes in time.
 */
export function startReportSampler(
  { engine, databaseUrl }: Pick<World, "databaseUrl"> & { readonly engine: Engine },
  history: Pick<History, "fail">,
): ReportSampler {
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => undefined });
  const stopping = new AbortController();
  const stored = new StoredDays(sql);
  const stalls = new Stalls();
  const sampled = { answers: 0, exact: 0 };

  async function sample(siteId: string, round: number): Promise<void> {
    await Promise.race([stored.read().catch(() => undefined), delay(READ_MS_MAX)]);
    const before = stored.of(siteId);
    const answers = [
      await countsByQuery(siteId),
      await countsByStats(siteId, [...before.keys()].at(round % Math.max(1, before.size))),
    ];
    if (answers.every((answer) => answer === undefined)) return;
    await untilRead();
    const after = stored.of(siteId);
    for (const [date, counts] of answers.flatMap((answer) => [...(answer ?? [])])) {
      judge(`${siteId} on ${date}`, { counts, least: before.get(date), most: after.get(date) });
    }
  }

  /** By date, a day without events left out; undefined without an answer. */
  async function countsByQuery(
    siteId: string,
  ): Promise<ReadonlyMap<string, DayCounts> | undefined> {
    const body = await answered("/query", async (signal) => {
      const question = {
        site_id: siteId,
        metrics: ["events", "visitors"],
        dimensions: ["time:day"],
        date_range: "all",
      };
      return await askReport(engine, question, { signal });
    });
    if (body === undefined) return undefined;
    const rows = body["results"] as readonly {
      readonly dimensions: readonly [string];
      readonly metrics: readonly [number, number];
    }[];
    return new Map(
      rows.map(({ dimensions: [date], metrics: [events, visitors] }) => [
        date,
        { events, visitors },
      ]),
    );
  }

  async function countsByStats(
    siteId: string,
    date: string | undefined,
  ): Promise<ReadonlyMap<string, DayCounts> | undefined> {
    if (date === undefined) return undefined;
    const body = await answered(
      "/stats",
      async (signal) => await readStats(engine, { site_id: siteId, date }, { signal }),
    );
    if (body === undefined) return undefined;
    const counts = { events: Number(body["total_views"]), visitors: Number(body["unique_users"]) };
    return new Map([[date, counts]]);
  }

  async function answered(
    path: string,
    ask: (signal: AbortSignal) => Promise<Awaited<ReturnType<typeof askReport>>>,
  ): Promise<Readonly<Record<string, unknown>> | undefined> {
    const startedAtMs = performance.now();
    try {
      const { status, body } = await ask(AbortSignal.timeout(ANSWER_MS_MAX));
      if (status !== 200 && status !== 503) {
        history.fail(`${path} returns ${status} ${JSON.stringify(body)}`);
      }
      if (status !== 200) return undefined;
      sampled.answers += 1;
      return body;
    } catch (error) {
      const isLate = error instanceof Error && error.name === "TimeoutError";
      if (isLate && engine.couldAnswerSince(startedAtMs) && !stalls.hasStalledSince(startedAtMs)) {
        history.fail(`${path} did not respond within ${ANSWER_MS_MAX} ms`);
      }
      return undefined;
    }
  }

  function judge(
    day: string,
    {
      counts,
      least = NOTHING,
      most = NOTHING,
    }: { counts: DayCounts; least?: DayCounts | undefined; most?: DayCounts | undefined },
  ): void {
    for (const name of ["events", "visitors"] as const) {
      if (least[name] === most[name]) sampled.exact += 1;
      if (counts[name] >= least[name] && counts[name] <= most[name]) continue;
      history.fail(
        `${counts[name]} ${name} of ${day} are reported, between ${least[name]} and ${most[name]} stored`,
      );
    }
  }

  /** All servers run again before the sampler stops. */
  async function untilRead(): Promise<void> {
    for (;;) {
      try {
        await stored.readAgain();
        return;
      } catch {
        await wait(INTERVAL_MS, stopping.signal);
      }
    }
  }

  async function run(): Promise<void> {
    for (let round = 0; !stopping.signal.aborted; round += 1) {
      const siteId = stored.sites.at(round % Math.max(1, stored.sites.length));
      if (siteId === undefined) await stored.read().catch(() => undefined);
      else await sample(siteId, round);
      await wait(INTERVAL_MS, stopping.signal);
    }
  }
  const running = run();
  return {
    async stop() {
      stopping.abort();
      await running;
      stalls.stop();
      await sql.end({ timeout: 1 });
      return sampled;
    },
  };
}

const NOTHING: DayCounts = { events: 0, visitors: 0 };
