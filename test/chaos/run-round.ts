import { expect } from "bun:test";
import { wait } from "../../src/async/wait.ts";
import { errorText } from "../../src/errors.ts";
import { readStats } from "../support/api-client.ts";
import { untilDrained } from "../support/engine-servers.ts";
import { eventually } from "../support/eventually.ts";
import { within } from "../support/within.ts";
import { startAuditor } from "./auditor.ts";
import { checkChunks } from "./check-chunks.ts";
import { checkReports } from "./check-reports.ts";
import { startClients } from "./clients.ts";
import { healDatabase } from "./faults/postgres-refusals.ts";
import { THREADS } from "./faults/thread-faults.ts";
import { lastEntryId, untilFinishedTo } from "./finished.ts";
import { History } from "./history.ts";
import type { Ledger } from "./ledger.ts";
import { appendAsOtherProgram, readAndLeave } from "./other-program.ts";
import { Random } from "./random.ts";
import { startReportSampler } from "./report-sampler.ts";
import { startSampler } from "./sampler.ts";
import { type PlannedFault, planSchedule } from "./schedule.ts";
import { startStreamWatch } from "./stream-watch.ts";
import { judge } from "./verdict.ts";
import { openWorld, STREAM_RETAIN_ENTRIES, type World } from "./world.ts";

/** For the first events after healing, on a slow machine under load. */
const ACCEPT_AGAIN_MS_MAX = 120_000;
const ACCEPTED_AGAIN = 500;
/** The engine trims every 5 s. */
const TRIM_MS_MAX = 60_000;

/** Everything but the exact timing follows from the seed. */
export interface RoundOptions {
  readonly seed: number;
  /** Duration of the faults; healing and checks follow. */
  readonly durationMs: number;
  /** Parts of fault names; empty for all faults. */
  readonly faults: readonly string[];
  /** Called with each line of the history. */
  readonly onLine: (line: string) => void;
}

export interface RoundOutcome {
  readonly failures: readonly string[];
  readonly history: readonly string[];
  /** The last records of the engine, when there are failures. */
  readonly tail: readonly string[];
}

/** Runs a round: load, faults, healing, then a check of every event. */
export async function runRound(options: RoundOptions): Promise<RoundOutcome> {
  const { seed, durationMs, faults, onLine } = options;
  const random = new Random(seed);
  const history = new History(onLine);
  const schedule = planSchedule(random.fork(), { durationMs, faults });
  await using world = await openWorld(history);
  const { ledger, engine, secondEngine } = world;
  let tail: readonly string[] = [];
  try {
    const auditor = await startAuditor(world);
    await appendAsOtherProgram(world, { name: "before" });
    engine.start();
    const sampler = startSampler(world.databaseUrl, history);
    const reportSampler = startReportSampler(world, history);
    const streamWatch = startStreamWatch(world, history);
    const engines = [engine, secondEngine] as const;
    const clients = startClients({ engines, ledger, random: random.fork(), history });
    history.note("load started");
    const over = AbortSignal.timeout(durationMs);
    await Promise.all(
      [...schedule.values()].map(
        async (planned) => await runFaults(world, planned, { over, history }),
      ),
    );
    await healAll(world, history);
    await engine.stop();
    await appendAsOtherProgram(world, { name: "unread" });
    await readAndLeave(world);
    engine.start();
    await failEveryThread(world, { random: random.fork(), history });
    await within(
      ACCEPT_AGAIN_MS_MAX,
      ledger.untilAccepted(ACCEPTED_AGAIN),
      "events are accepted again",
    );
    await clients.stop();
    history.note(`load stopped: ${loadText(ledger)}`);
    await untilDrained(world);
    await Promise.all([streamWatch.stop(), auditor.stop()]);
    const [samples, { answers, exact }] = [await sampler.stop(), await reportSampler.stop()];
    history.note(
      `drained, after ${samples} samples of the tables and ${answers} of reports, ${exact} counts of which had to be exact`,
    );
    for (const problem of await judge(world.sql, ledger)) history.fail(problem);
    await checkStats(world, history);
    await checkReports(world, history);
    await checkChunks(world, history);
    await untilTrimmed(world);
  } catch (error) {
    history.fail(errorText(error));
  }
  if (history.failures.length > 0) tail = engine.tail();
  await engine.stop({ mayBeForced: false }).catch((error: unknown) => {
    history.fail(errorText(error));
  });
  for (const status of ledger.statuses.keys()) {
    if (![202, 503, 0].includes(status)) history.fail(`A client got status ${status}`);
  }
  return { failures: history.failures, history: history.lines, tail };
}

/** Runs the faults of one target in sequence until the time is over. */
async function runFaults(
  world: World,
  faults: readonly PlannedFault[],
  { over, history }: { over: AbortSignal; history: History },
): Promise<void> {
  for (const { kind, restMs, forMs } of faults) {
    await wait(restMs, over);
    if (over.aborted) return;
    history.note(`${kind.name}${forMs > 0 ? `, for ${forMs} ms` : ""}`);
    try {
      const heal = await kind.begin(world);
      await wait(forMs, over);
      await heal?.();
      if (heal !== undefined) history.note(`over: ${kind.name}`);
    } catch (error) {
      // Some faults need a connection to a server that another fault has stopped.
      history.note(`skipped: ${kind.name}: ${errorText(error)}`);
    }
  }
}

async function healAll(world: World, history: History): Promise<void> {
  world.heal();
  await world.secondEngine.stop();
  world.engine.start();
  await world.engine.running;
  await eventually(async () => {
    await world.redis.config("SET", "maxmemory", "0");
    await world.redis.config("SET", "min-replicas-to-write", "0");
  }, ACCEPT_AGAIN_MS_MAX);
  await healDatabase(world);
  history.note("all faults healed");
  await untilFinishedTo(world, await lastEntryId(world));
  await world.engine.untilStruckHaveFailed();
  history.note("backlog of the faults finished; every struck thread has failed");
}

/** Fails all threads of a new engine at the same time. Unless all are restarted, nothing is accepted or stored. */
async function failEveryThread(
  { engine }: World,
  { random, history }: { random: Random; history: History },
): Promise<void> {
  await engine.running;
  for (const child of THREADS) engine.strike(child, random.pick(["throw", "reject", "exit"]));
  await Promise.all(THREADS.map(async (child) => await engine.untilFailed(child)));
  history.note("every thread has failed once more");
}

/** Compares `GET /stats` with the tables. */
async function checkStats({ engine, sql }: World, history: History): Promise<void> {
  const days = await sql`
    SELECT site_id, date::text, total_views::int, unique_users::int FROM daily_site_stats`;
  for (const { site_id, date, total_views, unique_users } of days) {
    const { body } = await readStats(engine, { site_id, date });
    const { total_views: views, unique_users: users } = body;
    if (views === total_views && users === unique_users) continue;
    history.fail(
      `/stats returns ${JSON.stringify(body)} instead of ${total_views}, ${unique_users}`,
    );
  }
}

async function untilTrimmed({ redis, key }: World): Promise<void> {
  await eventually(async () => {
    expect(await redis.xlen(key.stream)).toBeLessThanOrEqual(STREAM_RETAIN_ENTRIES);
  }, TRIM_MS_MAX);
}

function loadText(ledger: Ledger): string {
  const statuses = [...ledger.statuses].toSorted(([a], [b]) => a - b);
  const counts = statuses.map(([status, times]) => `${status} ×${times}`).join(", ");
  return `${ledger.events.size} events, responses: ${counts}`;
}
