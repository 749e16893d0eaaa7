import { every } from "../async/every.ts";
import { Stopwatch } from "../async/stopwatch.ts";
import { DAY_MS } from "../event/day.ts";
import { Outage } from "../log/outage.ts";
import { probe } from "../store/inspect/probe-database.ts";
import { claimIdle } from "../stream/claim-idle.ts";
import { readClock } from "../stream/redis/redis-clock.ts";
import { removeIdleConsumers } from "../stream/remove-idle-consumers.ts";
import { trimProcessed } from "../stream/trim.ts";
import { isDefect, remedyOf } from "./failure.ts";
import { DeliveryFinisher } from "./finish-delivery.ts";
import { finishPending } from "./finish-pending.ts";
import { recreateGroup } from "./recreate-group.ts";
import type { StoringContext } from "./storing-context.ts";
import { watchClaims } from "./watches/claim-watch.ts";
import { watchClock } from "./watches/clock-watch.ts";
import { watchIds } from "./watches/id-watch.ts";
import { watchSettings } from "./watches/settings-watch.ts";
import { watchTrimming } from "./watches/trim-watch.ts";

/** A consumer idle for longer has no process any more, even one that was suspended for a while. */
const DEAD_CONSUMER_IDLE_MS = 60 * 60 * 1_000;
const PASS_INTERVAL_MS_MAX = 5_000;
/** Where events are pruned: an event outlives the retention by as long as the stream holds its entry. */
const RETAINED_MS_MAX = DAY_MS;

export interface ReclaimerOptions extends StoringContext {
  readonly streamRetainEntries: number;
  /** 0 keeps raw rows forever. */
  readonly retentionDays: number;
  /** Of the shard. */
  readonly streamLengthMax: number;
  /** Of shards on one server, one watches its settings and its clock. */
  readonly watchesServer: boolean;
}

export async function runReclaimer(options: ReclaimerOptions, signal: AbortSignal): Promise<void> {
  await using finisher = new DeliveryFinisher(options);
  const steps = [
    async () => await trim(options, signal),
    watchTrimming(options, options),
    ...(options.watchesServer ? [watchSettings(options), watchClock(options)] : []),
    watchIds(options),
    watchClaims(options),
    async () => await removeConsumers(options),
    async () => await reclaimIdle(options, { finisher, signal }),
  ];
  const outage = new Outage(options.log, {
    began: "A reclaimer pass failed, retrying",
    ended: "Reclaimer passes work again",
    remedyOf,
  });
  const intervalMs = Math.min(options.claimIdleMs / 2, PASS_INTERVAL_MS_MAX);
  const pass = async () => {
    try {
      for (const step of steps) await step();
      outage.recovered();
    } catch (error) {
      if (isDefect(error)) throw error;
      if (!(await recreateGroup(error, options))) outage.failed(error);
    }
  };
  await every(intervalMs, pass, signal);
}

async function reclaimIdle(
  options: ReclaimerOptions,
  { finisher, signal }: { finisher: DeliveryFinisher; signal: AbortSignal },
): Promise<void> {
  const { redis, database, key, claimIdleMs, batchEntriesMax: entriesMax } = options;
  await probe(database);
  let cursor = "0-0";
  do {
    const since = new Stopwatch();
    const claimed = await claimIdle(redis, key, { claimIdleMs, cursor, entriesMax });
    reportClaimed(claimed.entryIds, options);
    await finisher.finish({ entries: [], missingIds: claimed.missingIds, since }, signal);
    await finishPending(options, { finisher, signal });
    cursor = claimed.nextCursor;
  } while (cursor !== "0-0" && !signal.aborted);
}

function reportClaimed(entryIds: readonly string[], { metrics, log }: ReclaimerOptions): void {
  if (entryIds.length === 0) return;
  metrics.reclaimed(entryIds.length);
  const fields = { entries: entryIds.length, firstId: entryIds.at(0), lastId: entryIds.at(-1) };
  log.info(fields, "Took over entries left unacknowledged");
}

async function removeConsumers({ redis, key, log }: ReclaimerOptions): Promise<void> {
  const removed = await removeIdleConsumers(redis, key, DEAD_CONSUMER_IDLE_MS);
  if (removed.length > 0) log.info({ consumers: removed }, "Consumers that are gone were removed");
}

async function trim(
  { redis, key, log, streamRetainEntries, retentionDays }: ReclaimerOptions,
  signal: AbortSignal,
): Promise<void> {
  // By the clock of Redis, which stamps the ids.
  const nowMs = retentionDays === 0 ? undefined : ((await readClock(redis)) ?? Date.now());
  const sinceMs = nowMs === undefined ? 0 : Math.floor(nowMs) - RETAINED_MS_MAX;
  let trimmed: number;
  do {
    trimmed = await trimProcessed(redis, key, { entries: streamRetainEntries, sinceMs });
    if (trimmed > 0) log.debug({ trimmed }, "Processed entries trimmed");
  } while (trimmed > 0 && !signal.aborted);
}
