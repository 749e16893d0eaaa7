import type { Command } from "commander";
import { findWriters, type WriterOfEvents } from "../../store/inspect/find-writers.ts";
import { migrationsBeforePacking } from "../../store/packing/check-packing.ts";
import { countTails, type SiteTail } from "../../store/packing/tails.ts";
import { readLastDrawnId } from "../../store/packing/watermark.ts";
import { CommandFailure } from "../command-failure.ts";
import { withServers } from "../servers.ts";
import { print, type Shell } from "../shell.ts";
import { count, duration, shortened, table } from "../text.ts";

const ROWS_COUNTED_MAX = 1_000_000;
const SITES_SHOWN_MAX = 20;
const ID_CHARACTERS_MAX = 60;
/** A batch takes less. */
const WRITER_AGE_MS_MIN = 30_000;

const HELP = `
Counts the stored events of each site that are in no chunk yet, up to a million a site. Fewer than 1,000 of a
site are packed half an hour after they were stored. It also names the transactions that packing waits for.

Examples:
  queueflow packing status
  queueflow packing status --json | jq .unpacked_events`;

export function addPackingStatus(packing: Command, shell: Shell): void {
  packing
    .command("status")
    .summary("show how many events are not packed")
    .description("Shows how many stored events are in no chunk yet.")
    .option("--json", "print one JSON object")
    .addHelpText("after", HELP)
    .action(async ({ json = false }: { readonly json?: boolean }) => await status(shell, json));
}

async function status(shell: Shell, json: boolean): Promise<void> {
  const work = { failure: "Cannot read how far events are packed" };
  const { tails, writers } = await withServers(shell, work, async ({ database }, signal) => {
    const missing = await migrationsBeforePacking(database);
    if (missing.length > 0) {
      throw new CommandFailure(
        1,
        `Nothing is packed before these migrations: ${missing.join(", ")}. Run \`queueflow migrate\``,
      );
    }
    const settledId = await readLastDrawnId(database);
    const found: SiteTail[] = [];
    for (let afterSite: string | undefined = ""; afterSite !== undefined; ) {
      signal.throwIfAborted();
      const page = await countTails(database, { afterSite, settledId, rowsMax: ROWS_COUNTED_MAX });
      found.push(...page.tails);
      afterSite = page.lastSite;
    }
    return {
      tails: found.toSorted((a, b) => b.rows - a.rows),
      writers: await findWriters(database, WRITER_AGE_MS_MIN),
    };
  });
  if (json) {
    const sites = tails.map(({ siteId, rows }) => ({ site_id: siteId, unpacked_events: rows }));
    const unpacked = tails.reduce((sum, { rows }) => sum + rows, 0);
    print(shell, JSON.stringify({ unpacked_events: unpacked, sites, waits_for: writers }));
  } else print(shell, ...statusLines(tails, writers));
}

function statusLines(
  tails: readonly SiteTail[],
  writers: readonly WriterOfEvents[],
): readonly string[] {
  const rows = tails.reduce((sum, tail) => sum + tail.rows, 0);
  const shown = tails.slice(0, SITES_SHOWN_MAX);
  const more = tails.length - shown.length;
  return [
    rows === 0
      ? "All stored events are packed."
      : `${count(rows, "event")} of ${count(tails.length, "site")} not packed yet:`,
    ...table(
      shown.map((tail) => [
        `  ${shortened(tail.siteId, ID_CHARACTERS_MAX)}`,
        tail.rows.toLocaleString("en-US"),
      ]),
    ),
    ...(more > 0 ? [`  and ${count(more, "more site")}`] : []),
    ...writers.map(
      ({ writer, pid, age_ms: ageMs }) =>
        `Packing waits for ${pid === null ? `the prepared transaction ${writer}` : `session ${pid}`}, which has been writing to events for ${duration(ageMs)}.`,
    ),
  ];
}
