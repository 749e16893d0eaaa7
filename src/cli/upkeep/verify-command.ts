import type { Command } from "commander";
import { QueueFlowError } from "../../errors.ts";
import { type VerifiedChunks, verifyChunks } from "../../reporting/packing/verify-chunks.ts";
import type { Database } from "../../store/database.ts";
import { isKnownSite } from "../../store/reports/is-known-site.ts";
import { type VerifyOutcome, verifyRollups } from "../../store/rollups/verify-rollups.ts";
import { fixDuplicates } from "../../store/schema/duplicates/fix-duplicates.ts";
import { CommandFailure } from "../command-failure.ts";
import { checkDayOrder, parseDay, parseSiteId } from "../options.ts";
import { openProgress } from "../progress.ts";
import { withServers } from "../servers.ts";
import { print, type Shell } from "../shell.ts";
import { count } from "../text.ts";
import { differenceJson, differenceText } from "./difference-text.ts";
import { rebuildWrongDays, removedLines } from "./remove-duplicates.ts";
import { retryLocked } from "./retry-locked.ts";

const DIFFERENCES_SHOWN_MAX = 20;
/** Bounds memory; --fix-duplicates rebuilds the days of these and then verifies again. */
const DIFFERENCES_KEPT_MAX = 10_000;

const HELP = `
Checks for each site and day that total_views equals the number of events and the sum of views of all
paths, that the views of each path equal its events, and that unique_users equals the number of distinct
users, each with one row in daily_site_users. Pruned events are taken into account. Then it compares all
that day chunks hold with the packed events that are left, and the number of the pruned ones.

It reads one snapshot, changes nothing and locks nothing; events may be stored meanwhile. Days are UTC.
With --json it prints one JSON object. It exits with 1 when something does not match;
\`queueflow rebuild\` and \`queueflow packing rebuild\` correct that.

--fix-duplicates first removes duplicate rows, which a new version of the C library or of ICU under
PostgreSQL can cause. It keeps the first row of each event, rebuilds its day, and makes the keys
independent of both libraries. Meanwhile events are accepted, and stored after the removal, which takes
some minutes for each 10 million rows. It is safe to interrupt and to run again.

Examples:
  queueflow verify
  queueflow verify --site example.com --from 2026-01-01 --to 2026-01-31
  queueflow verify --fix-duplicates`;

interface VerifyFlags {
  readonly site?: string;
  readonly from?: string;
  readonly to?: string;
  readonly json?: boolean;
  readonly fixDuplicates?: boolean;
}

export function addVerifyCommand(program: Command, shell: Shell): void {
  program
    .command("verify")
    .summary("check that the rollups match the events")
    .description("Checks that the rollups of all sites and days match the events.")
    .option("--site <id>", "this site only", parseSiteId)
    .option("--from <day>", "first day, YYYY-MM-DD", parseDay)
    .option("--to <day>", "last day, YYYY-MM-DD", parseDay)
    .option("--json", "print one JSON object")
    .option("--fix-duplicates", "first remove duplicate rows, of all sites")
    .addHelpText("after", HELP)
    .action(async (flags: VerifyFlags) => await verify(shell, flags));
}

async function verify(shell: Shell, flags: VerifyFlags): Promise<void> {
  const { site, from, to, json = false, fixDuplicates: fixes = false } = flags;
  checkDayOrder(from, to);
  if (fixes && (site ?? from ?? to) !== undefined) {
    const message = "--fix-duplicates covers all sites and days: omit --site, --from and --to";
    throw new QueueFlowError("invalid_usage", message);
  }
  const work = {
    failure: "Cannot verify the rollups",
    soFar: () => "before everything was verified",
  };
  const { outcome, removed, chunks } = await withServers(shell, work, async (servers, signal) => {
    const { database, databaseUrl } = servers;
    if (site !== undefined && !(await isKnownSite(database, site))) {
      throw new CommandFailure(1, `Site ${JSON.stringify(site)} has no events`);
    }
    const verifyAll = async () => await verifyRange(shell, database, { site, from, to });
    const verifyPacked = async () =>
      await verifyPackedRange(shell, databaseUrl, { site, from, to });
    if (!fixes) {
      return { removed: undefined, outcome: await verifyAll(), chunks: await verifyPacked() };
    }
    const fixed = await retryLocked(signal, async () => await fixDuplicates(database));
    if (!json) print(shell, ...removedLines(fixed));
    const options = { verify: verifyAll, signal };
    const rebuilt = await rebuildWrongDays(shell, database, options);
    return { removed: fixed.removed, outcome: rebuilt, chunks: await verifyPacked() };
  });
  const { events, days } = outcome;
  const total = outcome.total + chunks.differences.length;
  const rows = [...outcome.rows, ...chunks.differences].slice(0, DIFFERENCES_SHOWN_MAX);
  const what = `${count(events, "event")} over ${count(days, "day")}`;
  if (json) {
    const shown = rows.map(differenceJson);
    print(shell, JSON.stringify({ removed, events, days, violations: total, rows: shown }));
  } else if (total === 0) print(shell, `OK: the rollups match ${what}.`);
  else {
    const more = total - rows.length;
    print(shell, ...rows.map(differenceText));
    if (more > 0) print(shell, `and ${more.toLocaleString("en-US")} more`);
  }
  if (total === 0) return;
  const wrong = outcome.total > 0 ? "The rollups" : "The chunks";
  const rebuild = outcome.total > 0 ? "rebuild" : "packing rebuild";
  const message = `${wrong} do not match the events: ${count(total, "difference")} in ${what}; \`queueflow ${rebuild}\` corrects a site's days`;
  throw new CommandFailure(1, message);
}

async function verifyPackedRange(
  shell: Shell,
  databaseUrl: string,
  { site, from = "-infinity", to = "infinity" }: Record<"site" | "from" | "to", string | undefined>,
): Promise<VerifiedChunks> {
  using progress = openProgress(shell, "Verifying chunks");
  return await verifyChunks(databaseUrl, { siteId: site, from, to }, (events) =>
    progress.update(count(events, "event")),
  );
}

async function verifyRange(
  shell: Shell,
  database: Database,
  { site, from = "-infinity", to = "infinity" }: Record<"site" | "from" | "to", string | undefined>,
): Promise<VerifyOutcome> {
  using progress = openProgress(shell, "Verifying");
  return await verifyRollups(database, {
    range: { siteId: site, from, to },
    rowsMax: DIFFERENCES_KEPT_MAX,
    onProgress: (events, total) =>
      progress.update(count(events, "event"), events / Math.max(total, 1)),
  });
}
