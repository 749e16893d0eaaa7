import type { Command } from "commander";
import type { Database } from "../../store/database.ts";
import { rebuildDay } from "../../store/rollups/rebuild-day.ts";
import { planRebuild, type SiteRange } from "../../store/rollups/rebuild-plan.ts";
import { prunedDays } from "../../store/upkeep/pruned-days.ts";
import { CommandFailure } from "../command-failure.ts";
import { openProgress } from "../import/progress.ts";
import { parseSiteId } from "../parse-site-id.ts";
import { count } from "../plain-text.ts";
import { checkDayOrder, parseDay } from "./parse-day.ts";
import { whenFree } from "./when-free.ts";
import { withInterruption } from "./with-interruption.ts";

const PRUNED_DEADLINE_MS = 8_000;
const DAYS_NAMED_MAX = 10;

const HELP = `
Counts the events of a site's days again and mends what the rollups have wrong, in one transaction a
day, while events come in. Where nothing is wrong nothing is written; otherwise the consumers wait for
the moment that the writing takes. Days are UTC. A day whose events were pruned cannot be counted
again, and then nothing is done at all. It is safe to interrupt and to run again.

Example:
  queueflow rebuild --site example.com --from 2026-01-01 --to 2026-01-31`;

interface RebuildFlags {
  readonly site: string;
  readonly from: string;
  readonly to: string;
}

/** A day, and how many rows of each kind were wrong. */
interface RepairedDay {
  readonly date: string;
  readonly repaired: ReadonlyMap<string, number>;
}

/** How far it is. */
interface Tally {
  days: number;
  readonly repaired: RepairedDay[];
}

/** Adds `queueflow rebuild --site ID --from DAY --to DAY`. */
export function addRebuildCommand(program: Command): void {
  program
    .command("rebuild")
    .summary("make the numbers of a site's days again from its events")
    .description("Makes the numbers of a site's days again from its events.")
    .requiredOption("--site <id>", "the site", parseSiteId)
    .requiredOption("--from <day>", "from this day on, YYYY-MM-DD", parseDay)
    .requiredOption("--to <day>", "up to this day, YYYY-MM-DD", parseDay)
    .addHelpText("after", HELP)
    .action(rebuildCommand);
}

async function rebuildCommand({ site, from, to }: RebuildFlags): Promise<void> {
  checkDayOrder(from, to);
  const tally: Tally = { days: 0, repaired: [] };
  const soFar = () =>
    `after ${count(tally.days, "day")}; each is as it was or right, none is half done`;
  await withInterruption(
    { failure: "The numbers could not be made again", soFar },
    async (database, signal) =>
      await rebuild(database, { range: { siteId: site, from, to }, tally, signal }),
  );
  process.stdout.write(`${reportLines(tally, site).join("\n")}\n`);
}

async function rebuild(
  database: Database,
  { range, tally, signal }: { range: SiteRange; tally: Tally; signal: AbortSignal },
): Promise<void> {
  const { siteId } = range;
  const pruned = await database.transaction(
    PRUNED_DEADLINE_MS,
    async (tx) => await prunedDays(tx, range),
  );
  if (pruned.length > 0) throw ofPruned(pruned);
  const { days, settledId } = await whenFree(
    signal,
    async () => await planRebuild(database, range),
  );
  if (days.length === 0) {
    throw new CommandFailure(
      1,
      `There is no event of a site ${JSON.stringify(siteId)} from ${range.from} to ${range.to}`,
    );
  }
  const progress = openProgress({ title: "Counting", total: days.length });
  try {
    for (const day of days) {
      const rebuilt = await whenFree(
        signal,
        async () => await rebuildDay(database, { siteId, day, settledId }),
      );
      if (rebuilt.kind === "pruned") throw ofPruned([day.date]);
      tally.days += 1;
      const { repaired } = rebuilt;
      if (repaired.size > 0) tally.repaired.push({ date: day.date, repaired });
      progress.update(tally.days, day.date);
    }
  } finally {
    progress.stop();
  }
}

function ofPruned(days: readonly string[]): CommandFailure {
  const named = days.slice(0, DAYS_NAMED_MAX).join(", ");
  const more = days.length > DAYS_NAMED_MAX ? ` and ${days.length - DAYS_NAMED_MAX} more` : "";
  return new CommandFailure(
    1,
    `Events of ${named}${more} were pruned, and what is left of them cannot be counted again: choose days without these`,
  );
}

function reportLines({ days, repaired }: Tally, site: string): readonly string[] {
  const counted = `Counted ${count(days, "day")} of ${site} again`;
  if (repaired.length === 0) return [`${counted}: all were right.`];
  return [
    `${counted}, and mended ${repaired.length.toLocaleString("en-US")}:`,
    ...repaired.map((day) => `  ${day.date}  ${rowsText(day.repaired)}`),
  ];
}

function rowsText(repaired: ReadonlyMap<string, number>): string {
  const parts = [...repaired].flatMap(([kind, rows]) =>
    kind === "day" ? [] : [count(rows, kind)],
  );
  return parts.length === 0 ? "the totals" : parts.join(", ");
}
