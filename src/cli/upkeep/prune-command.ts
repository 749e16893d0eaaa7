import type { Command } from "commander";
import { readConfig } from "../../config/config.ts";
import { QueueFlowError } from "../../errors.ts";
import type { Horizon } from "../../event/retention.ts";
import type { Database } from "../../store/database.ts";
import { deleteOldEvents, findOldEvents } from "../../store/upkeep/old-events.ts";
import { findLargePrune } from "../../store/upkeep/plan-prune.ts";
import { announcePrune } from "../../store/upkeep/retention-state.ts";
import {
  type OldEventsTotal,
  scanOldEvents,
  sitesToScan,
} from "../../store/upkeep/scan-old-events.ts";
import { CommandFailure } from "../command-failure.ts";
import { integerParser } from "../options.ts";
import { openProgress } from "../progress.ts";
import { withServers } from "../servers.ts";
import { confirmed, print, type Shell } from "../shell.ts";
import { count } from "../text.ts";
import { countedFromText, isHeldBack, readHorizon } from "./read-horizon.ts";

const RETENTION_DAYS_MAX = 36_500;
/** Rows examined per transaction. Deleting takes some tens of milliseconds; a dry run only reads. */
const ROWS_MAX = 5_000;
const ROWS_MAX_DRY = 100_000;

const HELP = `
Deletes the raw events of UTC days that ended the given number of days ago, if they were also received
before that. The numbers of /stats stay. Without --older-than it uses EVENTS_RETENTION_DAYS, with which
an engine prunes once a day by itself. Days are counted back from the earliest of: the clocks of this
machine, Redis and PostgreSQL, the newest event, and the oldest entry in the stream.

An event is deleted only once it is packed into the chunks of its day, which answer reports from then on.
Deleted events cannot be recovered: \`queueflow rebuild\` cannot count their days again, and an event sent
again after that, with its event_id, counts again. If more than half of all events would be deleted, the
command asks first; an engine never deletes that many by itself. It works in small transactions, is
safe to interrupt, and leaves the space for new rows.

Examples:
  queueflow prune --older-than 90 --dry-run
  queueflow prune --older-than 90 --yes`;

interface PruneFlags {
  readonly olderThan?: number;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

export function addPruneCommand(program: Command, shell: Shell): void {
  const parseDays = integerParser("a number of days", RETENTION_DAYS_MAX);
  program
    .command("prune")
    .summary("delete old events but keep their numbers")
    .description("Deletes old events but keeps their numbers.")
    .option("--older-than <days>", "age in days; default EVENTS_RETENTION_DAYS", parseDays)
    .option("--dry-run", "show what would be deleted, and delete nothing")
    .option("--yes", "do not ask when more than half of all events would be deleted")
    .addHelpText("after", HELP)
    .action(async (flags: PruneFlags) => await prune(shell, flags));
}

async function prune(
  shell: Shell,
  { olderThan, dryRun = false, yes = false }: PruneFlags,
): Promise<void> {
  const retentionDays = olderThan ?? readConfig(shell.env).eventsRetentionDays;
  if (retentionDays === 0) {
    const message = "Give the age with --older-than DAYS, or set EVENTS_RETENTION_DAYS";
    throw new QueueFlowError("invalid_usage", message);
  }
  const tally: Tally = { soFar: { old: 0, unpacked: 0, from: undefined, to: undefined } };
  const work = {
    failure: `Cannot ${dryRun ? "count" : "delete"} the old events`,
    soFar: () => `after ${eventsText(tally.soFar)}; it is safe to run this again`,
  };
  const { outcome, horizon } = await withServers(shell, work, async (servers, signal) => {
    const { database } = servers;
    const found = await readHorizon(servers, retentionDays);
    const { before } = found;
    if (!dryRun && !yes) await confirmLarge(shell, database, { horizon: found, signal });
    if (!dryRun) await announcePrune(database, { prunedBefore: before, keptDays: retentionDays });
    const options = { before, dryRun, signal, tally };
    return { outcome: await eachOld(shell, database, options), horizon: found };
  });
  print(shell, `${outcomeText(outcome, dryRun)}.`);
  const { unpacked } = outcome;
  if (unpacked > 0) {
    const stay = `${count(unpacked, "older event")} stay${unpacked === 1 ? "s" : ""} until packed`;
    print(shell, `${stay}: see \`queueflow packing status\`.`);
  }
  if (isHeldBack(horizon)) print(shell, `${countedFromText(horizon)}.`);
}

/** @throws CommandFailure when more than half of all events would be deleted and nobody confirms it. */
async function confirmLarge(
  shell: Shell,
  database: Database,
  { horizon, signal }: { horizon: Horizon; signal: AbortSignal },
): Promise<void> {
  const large = await findLargePrune(database, { before: horizon.before, signal });
  if (large === undefined) return;
  const what = `${eventsText(large)}, more than half of all events`;
  const from = countedFromText(horizon);
  const question = `${from}. Delete ${what}, permanently?`;
  if (shell.stdin.isTTY && (await confirmed(shell, question))) return;
  throw new CommandFailure(
    1,
    `Deleted nothing: this would delete ${what}. ${from}. If that is right, add --yes; if not, compare the clocks with \`queueflow doctor\``,
  );
}

/** Shows how far an interrupted run got. */
interface Tally {
  soFar: OldEventsTotal;
}

interface EachOldOptions {
  readonly before: string;
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
  readonly tally: Tally;
}

/** Deletes the old events, or counts them in a dry run. */
async function eachOld(
  shell: Shell,
  database: Database,
  { before, dryRun, signal, tally }: EachOldOptions,
): Promise<OldEventsTotal> {
  using progress = openProgress(shell, dryRun ? "Counting" : "Deleting");
  const work = dryRun ? findOldEvents : deleteOldEvents;
  const outcome = await scanOldEvents({
    before,
    sites: await sitesToScan(database),
    rowsMax: dryRun ? ROWS_MAX_DRY : ROWS_MAX,
    signal,
    work: async (page) => await work(database, page),
    onPage: (soFar) => {
      progress.update(count(soFar.old, "event"));
      tally.soFar = soFar;
    },
  });
  if (outcome.end !== "busy") return outcome;
  throw new CommandFailure(
    1,
    `Another process is deleting old events or rebuilding a day: try again when it is done (${outcomeText(outcome, dryRun)})`,
  );
}

function outcomeText(soFar: OldEventsTotal, dryRun: boolean): string {
  return `${dryRun ? "Would delete" : "Deleted"} ${eventsText(soFar)}`;
}

function eventsText({ old, from, to }: OldEventsTotal): string {
  const days = from === undefined ? "" : ` of ${from === to ? from : `${from} to ${to}`}`;
  return `${count(old, "event")}${days}`;
}
