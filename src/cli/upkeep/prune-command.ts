import { type Command, InvalidArgumentError } from "commander";
import { readConfig } from "../../config/config.ts";
import { QueueFlowError } from "../../errors.ts";
import type { Horizon } from "../../event/retention.ts";
import type { Database } from "../../store/database.ts";
import { announcePrune } from "../../store/upkeep/announce-prune.ts";
import { deleteOldEvents } from "../../store/upkeep/delete-old-events.ts";
import { findOldEvents } from "../../store/upkeep/find-old-events.ts";
import { findLargePrune } from "../../store/upkeep/plan-prune.ts";
import { eachStretch, type OldEventsSoFar } from "../../store/upkeep/scan-old-events.ts";
import { CommandFailure } from "../command-failure.ts";
import { openProgress } from "../import/progress.ts";
import { count } from "../plain-text.ts";
import { countedFromText, isHeldBack, readHorizon } from "./read-horizon.ts";
import { withInterruption } from "./with-interruption.ts";

const RETENTION_DAYS_MAX = 36_500;
/** Rows of one transaction: some tens of milliseconds. */
const STRETCH_ROWS = 5_000;
const STRETCH_ROWS_DRY = 100_000;

const HELP = `
Deletes the raw rows of UTC days that ended the given number of days ago, if they were received before
that too; the numbers of /stats stay as they are. Without --older-than it is EVENTS_RETENTION_DAYS, by
which an engine does the same once a day. Days are counted back from the earliest of: the clocks of
this machine, Redis and PostgreSQL, the newest event, and the oldest entry that the stream holds.

What is deleted is gone: \`queueflow rebuild\` cannot count those days again, and an event that is sent
again later than that, with its event_id, counts again. When it would delete more than half of all
events it asks first; an engine never does so by itself. It goes in small transactions, is safe to
interrupt, and leaves the space to new rows.

Examples:
  queueflow prune --older-than 90 --dry-run
  queueflow prune --older-than 90 --yes`;

interface PruneFlags {
  readonly olderThan?: number;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

/** Adds `queueflow prune`. */
export function addPruneCommand(program: Command): void {
  program
    .command("prune")
    .summary("delete old events; the numbers stay")
    .description("Deletes old events; the numbers stay.")
    .option("--older-than <days>", "how old; EVENTS_RETENTION_DAYS unless given", parseDays)
    .option("--dry-run", "say what would be deleted, and delete nothing")
    .option("--yes", "do not ask when more than half of all events would be deleted")
    .addHelpText("after", HELP)
    .action(pruneCommand);
}

function parseDays(value: string): number {
  const days = /^\d{1,5}$/.test(value) ? Number(value) : 0;
  if (days >= 1 && days <= RETENTION_DAYS_MAX) return days;
  throw new InvalidArgumentError(`Expected a number of days from 1 to ${RETENTION_DAYS_MAX}.`);
}

async function pruneCommand({ olderThan, dryRun = false, yes = false }: PruneFlags): Promise<void> {
  const config = readConfig();
  const retentionDays = olderThan ?? config.eventsRetentionDays;
  if (retentionDays === 0) {
    const sentence = "Say how old with --older-than DAYS, or set EVENTS_RETENTION_DAYS";
    throw new QueueFlowError("invalid_usage", sentence);
  }
  const tally: { soFar: OldEventsSoFar } = {
    soFar: { old: 0, from: undefined, to: undefined },
  };
  const { outcome, horizon } = await withInterruption(
    {
      failure: `The old events could not be ${dryRun ? "counted" : "deleted"}`,
      soFar: () => `after ${eventsOf(tally.soFar)}; it is safe to run it again`,
    },
    async (database, signal) => {
      const counted = await readHorizon(database, { config, retentionDays });
      const { before } = counted;
      if (!dryRun && !yes) await askIfLarge(database, { horizon: counted, signal });
      if (!dryRun) {
        await announcePrune(database, { prunedBefore: before, keptDays: retentionDays });
      }
      const pruned = await prune(database, { before, dryRun, signal, tally });
      return { outcome: pruned, horizon: counted };
    },
  );
  process.stdout.write(`${sentenceOf(outcome, dryRun)}.\n`);
  if (isHeldBack(horizon)) process.stdout.write(`${countedFromText(horizon)}.\n`);
}

/**
 * @throws CommandFailure when more than half of all events would go, and nobody says that they may.
 */
async function askIfLarge(
  database: Database,
  { horizon, signal }: { horizon: Horizon; signal: AbortSignal },
): Promise<void> {
  const large = await findLargePrune(database, { before: horizon.before, signal });
  if (large === undefined) return;
  const what = `${eventsOf(large)}, more than half of all`;
  const question = `${countedFromText(horizon)}. Delete ${what}, for good?`;
  // oxlint-disable-next-line no-alert -- on a terminal it is a question on standard input
  if (process.stdin.isTTY && confirm(question)) return;
  throw new CommandFailure(
    1,
    `Nothing was deleted: it would be ${what}. ${countedFromText(horizon)}. If that is right, run it with --yes; if not, \`queueflow doctor\` compares the clocks`,
  );
}

interface PruneOptions {
  readonly before: string;
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
  /** Kept up to date throughout, so that it tells how far an interrupted run got. */
  readonly tally: { soFar: OldEventsSoFar };
}

async function prune(
  database: Database,
  { before, dryRun, signal, tally }: PruneOptions,
): Promise<OldEventsSoFar> {
  const progress = openProgress({ title: dryRun ? "Looking" : "Deleting", total: undefined });
  const remove = dryRun ? findOldEvents : deleteOldEvents;
  try {
    const outcome = await eachStretch({
      before,
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
