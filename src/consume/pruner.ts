import { wait } from "../async/wait.ts";
import { DAY_MS } from "../event/day.ts";
import { type Reading, retentionHorizon } from "../event/retention.ts";
import type { Log } from "../log/log.ts";
import { Outage } from "../log/outage.ts";
import type { Database } from "../store/database.ts";
import { deleteOldEvents } from "../store/upkeep/old-events.ts";
import { findLargePrune } from "../store/upkeep/plan-prune.ts";
import { readEventClocks } from "../store/upkeep/read-event-clocks.ts";
import { announcePrune, holdPrune } from "../store/upkeep/retention-state.ts";
import { scanOldEvents, sitesToScan } from "../store/upkeep/scan-old-events.ts";
import { withOwnDatabase } from "../store/with-own-database.ts";
import { remedyOf } from "./failure.ts";

const RETRY_MS = 5 * 60 * 1_000;
/** The first packing after an upgrade takes minutes to hours. */
const UNPACKED_RETRY_MS = 30 * 60 * 1_000;
/** Rows checked per transaction: some tens of milliseconds. */
const PAGE_ROWS = 2_000;

export interface PrunerOptions {
  /** Reads the instants of the streams that bound a prune. */
  readonly readClocks: () => Promise<readonly Reading[]>;
  readonly databaseUrl: string;
  /** 0 keeps raw rows forever. */
  readonly retentionDays: number;
  readonly log: Log;
  readonly intervalMs?: number;
  readonly retryMs?: number;
}

/** Deletes old events now and then once a day, until `signal` aborts. One process prunes at a time. Never rejects. */
export async function runPruner(options: PrunerOptions, signal: AbortSignal): Promise<void> {
  const { retentionDays, log, intervalMs = DAY_MS, retryMs = RETRY_MS } = options;
  if (retentionDays === 0) return;
  const outage = new Outage(log, {
    began: "Old events could not be deleted, retrying",
    ended: "Old events can be deleted again",
    remedyOf,
  });
  while (!signal.aborted) {
    let waitMs = intervalMs;
    try {
      const unpacked = await withOwnDatabase(
        { url: options.databaseUrl, signal },
        async (database) => await prune(database, options, signal),
      );
      if (unpacked > 0) waitMs = Math.min(intervalMs, UNPACKED_RETRY_MS);
      outage.recovered();
    } catch (error) {
      if (!signal.aborted) outage.failed(error);
      waitMs = retryMs;
    }
    await wait(waitMs, signal);
  }
}

/** Returns how many old events stay until they are packed. */
async function prune(
  database: Database,
  { readClocks, retentionDays, log }: PrunerOptions,
  signal: AbortSignal,
): Promise<number> {
  const { before, countedFrom } = retentionHorizon(retentionDays, [
    { of: "the clock of this machine", ms: Date.now() },
    ...(await readClocks()),
    ...(await readEventClocks(database)),
  ]);
  const onPage = restAfterEach(signal);
  const large = await findLargePrune(database, { before, signal, onPage });
  if (large !== undefined) {
    await holdPrune(database, large.old);
    const { old: events, from, to } = large;
    log.error(
      { events, from, to, countedFrom: countedFrom.of, remedy: heldRemedy(retentionDays) },
      "Old events were not deleted: they are more than half of all events",
    );
    return 0;
  }
  if (signal.aborted) return 0;
  await announcePrune(database, { prunedBefore: before, keptDays: retentionDays });
  const { old, unpacked, from, to } = await scanOldEvents({
    before,
    sites: await sitesToScan(database),
    rowsMax: PAGE_ROWS,
    signal,
    work: async (page) => await deleteOldEvents(database, page),
    onPage,
  });
  if (old > 0) log.info({ events: old, from, to }, "Old events deleted, their numbers stay");
  if (unpacked > 0) log.info({ events: unpacked }, "Old events stay until they are packed");
  return unpacked;
}

/** Waits after each transaction for as long as it took, so that batches barely slow down. */
function restAfterEach(signal: AbortSignal): () => Promise<void> {
  let startedAtMs = performance.now();
  return async () => {
    await wait(performance.now() - startedAtMs, signal);
    startedAtMs = performance.now();
  };
}

function heldRemedy(days: number): string {
  return `Check the clocks with \`queueflow doctor\`. If EVENTS_RETENTION_DAYS=${days} is meant to delete them, run \`queueflow prune --older-than ${days} --yes\` once; the engine then does so every day`;
}
