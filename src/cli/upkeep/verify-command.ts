import type { Command } from "commander";
import { QueueFlowError } from "../../errors.ts";
import type { Database } from "../../store/database.ts";
import { isKnownSite } from "../../store/reports/is-known-site.ts";
import { type VerifyOutcome, verifyRollups } from "../../store/rollups/verify-rollups.ts";
import { CommandFailure } from "../command-failure.ts";
import { openProgress, type Progress } from "../import/progress.ts";
import { parseSiteId } from "../parse-site-id.ts";
import { count } from "../plain-text.ts";
import { differenceJson, differenceText } from "./difference-text.ts";
import { checkDayOrder, parseDay } from "./parse-day.ts";
import { countAgain, removeDuplicates, removedLines } from "./remove-duplicates.ts";
import { withInterruption } from "./with-interruption.ts";

const DIFFERENCES_SHOWN_MAX = 20;
const DIFFERENCES_KEPT_MAX = 10_000;

const HELP = `
For each site and day the events must be total_views, and the sum of the views of all paths, and each
path's events its views; unique_users must be the users with an event, one row in daily_site_users
each. Where old events were pruned their number is taken into account.

It reads one moment of the tables, and changes and locks nothing: events may be stored meanwhile. Days
are UTC. With --json it prints one object, for a program to read. Exits with 1 when something does
not hold; \`queueflow rebuild\` mends it.

With --fix-duplicates it first removes duplicate rows, which a new version of the C library or
of ICU under PostgreSQL can cause: of each event the first row stays, and its day is counted again. Then
it makes the keys independent of both. Events are accepted meanwhile, and stored after the removal, which
takes some minutes for each 10 million rows. It is safe to interrupt and to run again.

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

/** Adds `queueflow verify`. */
export function addVerifyCommand(program: Command): void {
  program
    .command("verify")
    .summary("compare the numbers with the events that they were made of")
    .description(
      "Compares the numbers of all sites and days with the events that they were made of.",
    )
    .option("--site <id>", "this site only", parseSiteId)
    .option("--from <day>", "from this day on, YYYY-MM-DD", parseDay)
    .option("--to <day>", "up to this day, YYYY-MM-DD", parseDay)
    .option("--json", "print one JSON object")
    .option("--fix-duplicates", "first remove duplicate rows, of all sites")
    .addHelpText("after", HELP)
    .action(verifyCommand);
}

async function verifyCommand(flags: VerifyFlags): Promise<void> {
  const { site, from, to, json = false, fixDuplicates = false } = flags;
  checkDayOrder(from, to);
  if (fixDuplicates && (site ?? from ?? to) !== undefined) {
    const sentence =
      "--fix-duplicates is for all sites and days: leave out --site, --from and --to";
    throw new QueueFlowError("invalid_usage", sentence);
  }
  const { outcome, fixed } = await withInterruption(
    { failure: "The numbers could not be verified", soFar: () => "before all was verified" },
    async (database, signal) => {
      if (site !== undefined && !(await isKnownSite(database, site))) {
        throw new CommandFailure(1, `There is no event of a site ${JSON.stringify(site)}`);
      }
      const verifyAll = async () => await verify(database, { site, from, to });
      if (!fixDuplicates) return { fixed: undefined, outcome: await verifyAll() };
      const removed = await removeDuplicates(database, signal);
      if (!json) process.stdout.write(`${removedLines(removed).join("\n")}\n`);
      const options = { verify: verifyAll, signal };
      return { fixed: removed, outcome: await countAgain(database, options) };
    },
  );
  const { events, days, total } = outcome;
  const rows = outcome.rows.slice(0, DIFFERENCES_SHOWN_MAX);
  const what = `${count(events, "event")} of ${count(days, "day")}`;
  const removed = fixed === undefined ? {} : { removed: fixed.removed };
  if (json)
    process.stdout.write(
      `${JSON.stringify({ ...removed, events, days, violations: total, rows: rows.map(differenceJson) })}\n`,
    );
  else if (total === 0) process.stdout.write(`All holds: ${what}.\n`);
  else process.stdout.write(`${differenceLines(rows, total).join("\n")}\n`);
  if (total === 0) return;
  throw new CommandFailure(
    1,
    `The numbers are not those of the events: ${count(total, "violation")} in ${what}`,
  );
}

async function verify(
  database: Database,
  { site, from = "-infinity", to = "infinity" }: Record<"site" | "from" | "to", string | undefined>,
): Promise<VerifyOutcome> {
  let progress: Progress | undefined;
  try {
    return await verifyRollups(database, {
      range: { siteId: site, from, to },
      rowsMax: DIFFERENCES_KEPT_MAX,
      onProgress: (events, total) => {
        progress ??= openProgress({ title: "Verifying", total: Math.max(total, 1) });
        progress.update(events, count(events, "event"));
      },
    });
  } finally {
    progress?.stop();
  }
}

function differenceLines(rows: VerifyOutcome["rows"], total: number): readonly string[] {
  const more = total - rows.length;
  return [
    ...rows.map(differenceText),
    ...(more > 0 ? [`and ${more.toLocaleString("en-US")} more`] : []),
  ];
}
