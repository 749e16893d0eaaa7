import type { Command } from "commander";
import type { Database } from "../../store/database.ts";
import { rebuildDay } from "../../store/rollups/rebuild-day.ts";
import { readDays, readSettledId, type SiteRange } from "../../store/rollups/rebuild-plan.ts";
import { prunedDays } from "../../store/upkeep/event-days.ts";
import { CommandFailure } from "../command-failure.ts";
import { checkDayOrder, parseDay, parseSiteId } from "../options.ts";
import { openProgress } from "../progress.ts";
import { withServers } from "../servers.ts";
import { print, type Shell } from "../shell.ts";
import { count } from "../text.ts";
import { retryLocked } from "./retry-locked.ts";

const PRUNED_DEADLINE_MS = 8_000;
const DAYS_NAMED_MAX = 10;

const HELP = `
Counts the events of a site's days again and corrects the rollups, in one transaction per day, while
events keep arriving. A day that is right is not written; otherwise consumers pause while the correction
is written. Days are UTC. If events of one of the days were pruned, it cannot be counted again, and
nothing is changed. It is safe to interrupt and to run again.

Example:
  queueflow rebuild --site example.com --from 2026-01-01 --to 2026-01-31`;

interface RebuildFlags {
  readonly site: string;
  readonly from: string;
  readonly to: string;
}

/** Days counted, and those with rows that were wrong: how many of each kind. */
interface Tally {
  days: number;
  readonly repaired: { readonly date: string; readonly rows: ReadonlyMap<string, number> }[];
}

export function addRebuildCommand(program: Command, shell: Shell): void {
  program
    .command("rebuild")
    .summary("recompute the numbers of a site's days from its events")
    .description("Recomputes the numbers of a site's days from its events.")
    .requiredOption("--site <id>", "the site", parseSiteId)
    .requiredOption("--from <day>", "first day, YYYY-MM-DD", parseDay)
    .requiredOption("--to <day>", "last day, YYYY-MM-DD", parseDay)
    .addHelpText("after", HELP)
    .action(async ({ site, from, to }: RebuildFlags) => {
      checkDayOrder(from, to);
      const tally: Tally = { days: 0, repaired: [] };
      const soFar = () => `after ${count(tally.days, "day")}; no day is left half rebuilt`;
      const range = { siteId: site, from, to };
      await withServers(
        shell,
        { failure: "Cannot rebuild the rollups", soFar },
        async ({ database }, signal) => await rebuild(shell, database, { range, tally, signal }),
      );
      print(shell, ...reportLines(tally, site));
    });
}

async function rebuild(
  shell: Shell,
  database: Database,
  { range, tally, signal }: { range: SiteRange; tally: Tally; signal: AbortSignal },
): Promise<void> {
  const { siteId, from, to } = range;
  const pruned = await database.transaction(
    PRUNED_DEADLINE_MS,
    async (tx) => await prunedDays(tx, range),
  );
  if (pruned.length > 0) throw prunedFailure(pruned);
  const settledId = await retryLocked(signal, async () => await readSettledId(database));
  const days = await readDays(database, range);
  if (days.length === 0) {
    const message = `Site ${JSON.stringify(siteId)} has no events from ${from} to ${to}`;
    throw new CommandFailure(1, message);
  }
  using progress = openProgress(shell, "Rebuilding");
  for (const day of days) {
    const rebuilt = await retryLocked(
      signal,
      async () => await rebuildDay(database, { siteId, day, settledId }),
    );
    if (rebuilt.kind === "pruned") throw prunedFailure([day.date]);
    const { repaired: rows } = rebuilt;
    tally.days += 1;
    if (rows.size > 0) tally.repaired.push({ date: day.date, rows });
    progress.update(day.date, tally.days / days.length);
  }
}

function prunedFailure(days: readonly string[]): CommandFailure {
  const named = days.slice(0, DAYS_NAMED_MAX).join(", ");
  const more = days.length > DAYS_NAMED_MAX ? ` and ${days.length - DAYS_NAMED_MAX} more` : "";
  const message = `Events of ${named}${more} were pruned, so these days cannot be counted again: choose other days`;
  return new CommandFailure(1, message);
}

function reportLines({ days, repaired }: Tally, site: string): readonly string[] {
  const counted = `Rebuilt ${count(days, "day")} of ${site}`;
  if (repaired.length === 0) return [`${counted}: all were right.`];
  return [
    `${counted} and corrected ${repaired.length.toLocaleString("en-US")}:`,
    ...repaired.map(({ date, rows }) => `  ${date}  ${rowsText(rows)}`),
  ];
}

function rowsText(rows: ReadonlyMap<string, number>): string {
  const parts = [...rows].flatMap(([kind, wrong]) => (kind === "day" ? [] : [count(wrong, kind)]));
  return parts.length === 0 ? "the totals" : parts.join(", ");
}
