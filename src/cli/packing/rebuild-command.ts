import { setTimeout as delay } from "node:timers/promises";
import type { SQL } from "bun";
import type { Command } from "commander";
import { rebuildPackedDay } from "../../reporting/packing/rebuild-day.ts";
import { UPKEEP_DEADLINE_MS } from "../../store/deadlines.ts";
import { readPackedDates } from "../../store/packing/packed-sites.ts";
import { readPackingSecret } from "../../store/packing/secret.ts";
import { PrimarySql } from "../../store/primary-sql.ts";
import { CommandFailure } from "../command-failure.ts";
import { checkDayOrder, parseDay, parseSiteId } from "../options.ts";
import { openProgress } from "../progress.ts";
import { withServers } from "../servers.ts";
import { print, type Shell } from "../shell.ts";
import { count } from "../text.ts";

const BUSY_INTERVAL_MS = 200;
const DAYS_NAMED_MAX = 10;

const HELP = `
Makes the chunks of a site's days again from its packed events, in one transaction a day, while events are
stored and packed. Reports go on with what was there before. Days are UTC. A day with pruned events stays as
it is, because its chunks are the only copy. It is safe to interrupt and to run again.

Examples:
  queueflow packing rebuild --site example.com
  queueflow packing rebuild --site example.com --from 2026-01-01 --to 2026-01-31`;

interface RebuildFlags {
  readonly site: string;
  readonly from?: string;
  readonly to?: string;
}

export function addPackingRebuild(packing: Command, shell: Shell): void {
  packing
    .command("rebuild")
    .summary("make the chunks of a site's days again")
    .description("Makes the chunks of a site's days again from its events.")
    .requiredOption("--site <id>", "the site", parseSiteId)
    .option("--from <day>", "first day, YYYY-MM-DD", parseDay)
    .option("--to <day>", "last day, YYYY-MM-DD", parseDay)
    .addHelpText("after", HELP)
    .action(async ({ site, from, to }: RebuildFlags) => {
      checkDayOrder(from, to);
      await rebuild(shell, { siteId: site, from: from ?? "-infinity", to: to ?? "infinity" });
    });
}

interface Range {
  readonly siteId: string;
  readonly from: string;
  readonly to: string;
}

async function rebuild(shell: Shell, range: Range): Promise<void> {
  const { siteId } = range;
  const tally = { days: 0, events: 0 };
  const work = {
    failure: "Cannot pack the days again",
    soFar: () => `after ${count(tally.days, "day")}; no day is left half packed`,
  };
  const pruned = await withServers(shell, work, async ({ database, databaseUrl }, signal) => {
    const secret = new Uint8Array(await readPackingSecret(database));
    const settings = {
      statement_timeout: UPKEEP_DEADLINE_MS,
      idle_in_transaction_session_timeout: 0,
    };
    const connections = new PrimarySql({ url: databaseUrl, connectionsMax: 1, settings });
    try {
      const sql = await connections.open();
      return await rebuildDays(shell, { ...range, sql, secret, tally, signal });
    } finally {
      await connections.close({ timeout: 0 });
    }
  });
  print(
    shell,
    `Packed ${count(tally.events, "event")} of ${count(tally.days, "day")} of ${siteId} again.`,
  );
  if (pruned.length === 0) return;
  const named = pruned.slice(0, DAYS_NAMED_MAX).join(", ");
  const more = pruned.length > DAYS_NAMED_MAX ? ` and ${pruned.length - DAYS_NAMED_MAX} more` : "";
  throw new CommandFailure(
    1,
    `Events of ${named}${more} were pruned, so the chunks of these days are their only copy and stay as they are`,
  );
}

interface RebuildContext extends Range {
  readonly sql: SQL;
  readonly secret: Uint8Array;
  readonly tally: { days: number; events: number };
  readonly signal: AbortSignal;
}

/** Returns the days with pruned events. */
async function rebuildDays(
  shell: Shell,
  { sql, siteId, from, to, secret, tally, signal }: RebuildContext,
): Promise<readonly string[]> {
  const days = await readPackedDates(sql, siteId, { from, to });
  if (days.length === 0)
    throw new CommandFailure(
      1,
      `No event of site ${JSON.stringify(siteId)} is packed in that range`,
    );
  using progress = openProgress(shell, "Packing");
  const pruned: string[] = [];
  for (const [index, { date }] of days.entries()) {
    let outcome = await rebuildPackedDay(sql, { siteId, date, secret });
    while (outcome.kind === "busy") {
      await delay(BUSY_INTERVAL_MS, undefined, { signal });
      outcome = await rebuildPackedDay(sql, { siteId, date, secret });
    }
    if (outcome.kind === "pruned") pruned.push(date);
    else {
      tally.days += 1;
      tally.events += outcome.events;
    }
    progress.update(date, (index + 1) / days.length);
  }
  return pruned;
}
