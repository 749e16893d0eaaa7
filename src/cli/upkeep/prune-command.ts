import { type Command, InvalidArgumentError } from "commander";
import { type EngineConfig, readConfig } from "../../config.ts";
import { QueueFlowError } from "../../errors.ts";
import { type Horizon, retentionHorizon } from "../../event/retention.ts";
import { announcePrune } from "../../store/announce-prune.ts";
import type { Database } from "../../store/database.ts";
import { deleteOldEvents } from "../../store/delete-old-events.ts";
import { eachStretch, type OldEventsSoFar } from "../../store/each-stretch.ts";
import { findOldEvents } from "../../store/find-old-events.ts";
import { oldestEntryMs } from "../../stream/oldest-entry.ts";
import { closeRedisConnection } from "../../stream/redis-connection.ts";
import { CommandFailure } from "../command-failure.ts";
import { findRedisUrl } from "../find-servers.ts";
import { openProgress } from "../import/progress.ts";
import { count } from "../plain-text.ts";
import { connectRedis } from "../reach-redis.ts";
import { withInterruption } from "./with-interruption.ts";

const RETENTION_DAYS_MAX = 36_500;
/** Rows of one transaction: some tens of milliseconds. */
const STRETCH_ROWS = 5_000;
const STRETCH_ROWS_DRY = 100_000;

const HELP = `
Deletes the raw rows of UTC days that ended so many days ago, and that were received no later; the
numbers of /stats stay as they are. Without --older-than it is EVENTS_RETENTION_DAYS, by which an
engine does the same once a day by itself.

What is deleted is gone: \`queueflow rebuild\` cannot count those days again, and an event that is sent
again later than that, with its event_id, counts again. Entries that the stream still holds keep their
rows. It goes in small transactions, is safe to interrupt, and leaves the space to new rows.

Examples:
  queueflow prune --older-than 90 --dry-run
  queueflow prune --older-than 90`;

interface PruneFlags {
  readonly olderThan?: number;
  readonly dryRun?: boolean;
}

/** Adds `queueflow prune`. */
export function addPruneCommand(program: Command): void {
  program
    .command("prune")
    .summary("delete old events; the numbers stay")
    .description("Deletes old events; the numbers stay.")
    .option("--older-than <days>", "how old; EVENTS_RETENTION_DAYS unless given", parseDays)
    .option("--dry-run", "say what would be deleted, and delete nothing")
    .addHelpText("after", HELP)
    .action(pruneCommand);
}

function parseDays(value: string): number {
  const days = /^\d{1,5}$/.test(value) ? Number(value) : 0;
  if (days >= 1 && days <= RETENTION_DAYS_MAX) return days;
  throw new InvalidArgumentError(`Expected a number of days from 1 to ${RETENTION_DAYS_MAX}.`);
}

async function pruneCommand({ olderThan, dryRun = false }: PruneFlags): Promise<void> {
  const config = readConfig();
  const retentionDays = olderThan ?? config.eventsRetentionDays;
  if (retentionDays === 0) {
    const sentence = "Say how old with --older-than DAYS, or set EVENTS_RETENTION_DAYS";
    throw new QueueFlowError("invalid_usage", sentence);
  }
  const tally: { soFar: OldEventsSoFar } = {
    soFar: { old: 0, from: undefined, to: undefined },
  };
  const outcome = await withInterruption(
    {
      failure: `The old events could not be ${dryRun ? "counted" : "deleted"}`,
      soFar: () => `after ${eventsOf(tally.soFar)}; it is safe to run it again`,
    },
    async (database, signal) => {
      const horizon = await horizonOf(config, retentionDays);
      if (!dryRun) {
        await announcePrune(database, {
          prunedBefore: horizon.receivedBefore,
          keptDays: retentionDays,
        });
      }
      return await prune(database, { horizon, dryRun, signal, tally });
    },
  );
  process.stdout.write(`${sentenceOf(outcome, dryRun)}.\n`);
}

/** The stream is asked what it still holds, and without it nothing is deleted. */
async function horizonOf(config: EngineConfig, retentionDays: number): Promise<Horizon> {
  const url = findRedisUrl(config);
  const redis = await connectRedis(url);
  try {
    const oldest = await oldestEntryMs(redis, config.stream);
    return retentionHorizon({ retentionDays, nowMs: Date.now(), oldestEntryMs: oldest });
  } finally {
    await closeRedisConnection(redis);
  }
}

interface PruneOptions {
  readonly horizon: Horizon;
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
  /** Kept up to date throughout, so that it tells how far an interrupted run got. */
  readonly tally: { soFar: OldEventsSoFar };
}

async function prune(
  database: Database,
  { horizon, dryRun, signal, tally }: PruneOptions,
): Promise<OldEventsSoFar> {
  const progress = openProgress({ title: dryRun ? "Looking" : "Deleting", total: undefined });
  const remove = dryRun ? findOldEvents : deleteOldEvents;
  try {
    const outcome = await eachStretch({
      horizon,
      rowsMax: dryRun ? STRETCH_ROWS_DRY : STRETCH_ROWS,
      signal,
      work: async (stretch) => await remove(database, stretch),
      onStretch: (soFar) => {
        progress.update(0, count(soFar.old, "event"));
        tally.soFar = soFar;
      },
    });
    if (outcome.end !== "busy") return outcome;
    throw new CommandFailure(
      1,
      `Another process deletes old events or rebuilds a day: try again when it is done (${sentenceOf(outcome, dryRun)})`,
    );
  } finally {
    progress.stop();
  }
}

function sentenceOf(soFar: OldEventsSoFar, dryRun: boolean): string {
  return `${dryRun ? "Would delete" : "Deleted"} ${eventsOf(soFar)}`;
}

function eventsOf({ old, from, to }: OldEventsSoFar): string {
  const days = from === undefined ? "" : ` of ${from === to ? from : `${from} to ${to}`}`;
  return `${count(old, "event")}${days}`;
}
