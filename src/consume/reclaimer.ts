import { Stopwatch } from "../async/stopwatch.ts";
import { wait } from "../async/wait.ts";
import { DAY_MS } from "../event/day.ts";
import { Outage } from "../log/outage.ts";
import { probe } from "../store/inspect/probe.ts";
import { claimIdle } from "../stream/claim-idle.ts";
import { readClock } from "../stream/redis/redis-clock.ts";
import { removeIdleConsumers } from "../stream/remove-idle-consumers.ts";
import { trimProcessed } from "../stream/trim.ts";
import { BatchWorker, type BatchWorkerOptions } from "./batch-worker.ts";
import { isDefect } from "./defect.ts";
import { finishPending } from "./finish-pending.ts";
import { remakeGroup } from "./remake-group.ts";
import { remedyOf } from "./remedy-of.ts";
import { ClaimWatch } from "./watches/claim-watch.ts";
import { ClockWatch } from "./watches/clock-watch.ts";
import { IdWatch } from "./watches/id-watch.ts";
import { SettingsWatch } from "./watches/settings-watch.ts";
import { TrimWatch } from "./watches/trim-watch.ts";

const DEAD_CONSUMER_IDLE_MS = 60 * 60 * 1_000;
const PASS_INTERVAL_MS_MAX = 5_000;
/**
 * Where events are pruned, processed entries stay for a day at most: an event outlives the retention by as long as the stream
 * holds its entry.
 */
const RETAINED_MS_MAX = DAY_MS;

/** What the reclaimer works with. Its connection to Redis never blocks. */
export interface ReclaimerOptions extends BatchWorkerOptions {
  readonly batchEntriesMax: number;
  readonly streamRetainEntries: number;
  /** How long raw rows are kept, in days; 0 keeps them forever. */
  readonly retentionDays: number;
  readonly streamLengthMax: number;
}

/**
 * Until `signal` aborts, passes over the group again and again: stores what dead consumers left behind, trims
 * what is processed, removes consumers that are long gone.
 */
export async function runReclaimer(options: ReclaimerOptions, signal: AbortSignal): Promise<void> {
  const worker = new BatchWorker(options);
  const watches = [
    new TrimWatch(options),
    new SettingsWatch(options),
    new ClockWatch(options),
    new IdWatch(options),
    new ClaimWatch(options),
  ];
  const intervalMs = Math.min(options.claimIdleMs / 2, PASS_INTERVAL_MS_MAX);
  const outage = new Outage(options.log, {
    began: "A reclaimer pass failed, retrying",
    ended: "Reclaimer passes work again",
    remedyOf,
  });
  while (!signal.aborted) {
    try {
      await reclaimOnce(options, { worker, watches, signal });
      outage.recovered();
    } catch (error) {
      if (isDefect(error)) throw error;
      if (!(await remakeGroup(error, options))) outage.failed(error);
    }
    await wait(intervalMs, signal);
  }
}

/** Tells of what it sees. */
type Watch = Pick<TrimWatch, "look">;

/** One pass. Idle entries are left where they are while PostgreSQL cannot take them. */
async function reclaimOnce(
  options: ReclaimerOptions,
  {
    worker,
    watches,
    signal,
  }: { worker: BatchWorker; watches: readonly Watch[]; signal: AbortSignal },
): Promise<void> {
  const { redis, database, key, metrics, log } = options;
  await trim(options, signal);
  for (const watch of watches) await watch.look();
  const removed = await removeIdleConsumers(redis, key, DEAD_CONSUMER_IDLE_MS);
  if (removed.length > 0) log.info({ consumers: removed }, "Consumers that are gone were removed");
  await probe(database);
  let cursor = "0-0";
  do {
    const since = new Stopwatch();
    const { entryIds, missingIds, nextCursor } = await claimIdle(redis, key, {
      claimIdleMs: options.claimIdleMs,
      cursor,
      entriesMax: options.batchEntriesMax,
    });
    if (entryIds.length > 0) {
      metrics.reclaimed(entryIds.length);
      const firstAndLast = { firstId: entryIds.at(0), lastId: entryIds.at(-1) };
      log.info(
        { entries: entryIds.length, ...firstAndLast },
        "Took over entries left unacknowledged",
      );
    }
    await worker.finish({ entries: [], missingIds }, { since, signal });
    await finishPending(options, { worker, signal });
    cursor = nextCursor;
  } while (cursor !== "0-0" && !signal.aborted);
}

async function trim(options: ReclaimerOptions, signal: AbortSignal): Promise<void> {
  const { redis, key, log, streamRetainEntries, retentionDays } = options;
  const sinceMs = retentionDays === 0 ? 0 : await retainedSinceMs(redis);
  const retained = { entries: streamRetainEntries, sinceMs };
  let trimmed: number;
  do {
    trimmed = await trimProcessed(redis, key, retained);
    if (trimmed > 0) log.debug({ trimmed }, "Processed entries trimmed");
  } while (trimmed > 0 && !signal.aborted);
}

/** By the clock of Redis, which stamps the ids, in milliseconds since 1970. */
async function retainedSinceMs(redis: ReclaimerOptions["redis"]): Promise<number> {
  const nowMs = (await readClock(redis)) ?? Date.now();
  return Math.floor(nowMs) - RETAINED_MS_MAX;
}
