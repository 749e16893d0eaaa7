import { type Command, InvalidArgumentError, Option } from "commander";
import { DEFAULT_TIME_ZONE } from "../../access/rules.ts";
import { openSnapshotSource } from "../../reporting/snapshot/snapshot-source.ts";
import { listSites } from "../../store/access/sites.ts";
import { parseSiteId } from "../options.ts";
import { withServers } from "../servers.ts";
import type { Shell } from "../shell.ts";
import { mailMessage } from "./mail-message.ts";
import { printReport } from "./print-report.ts";
import { readReport } from "./read-report.ts";
import { lastPeriod, REPORT_PERIODS, type ReportPeriod } from "./report-period.ts";
import { REPORT_LANGUAGES, type ReportLanguage, ReportWords } from "./report-words.ts";

/** Of decoded columns: the questions of a report read the same ones. */
const CACHE_BYTES_MAX = 64 * 1_024 * 1_024;

const HELP = `
Writes the numbers of the last day, week or month that is over in the site's time zone, compared with the one
before: as a mail, with text and HTML, which cron can hand to a mail program.

Examples:
  queueflow report --site example.com --period week --to team@example.com | sendmail -t
  queueflow report --site example.com --period day --format text
  queueflow report --site example.com --period month --format html --language de > month.html`;

interface Flags {
  readonly site: string;
  readonly period: ReportPeriod;
  readonly format: "mail" | "text" | "html";
  readonly language: ReportLanguage;
  readonly from?: string;
  readonly to?: string;
}

export function addReportCommand(program: Command, shell: Shell): void {
  program
    .command("report")
    .summary("write a site's numbers as a mail")
    .description("Writes the numbers of a site as a mail, for cron.")
    .requiredOption("--site <id>", "the site", parseSiteId)
    .addOption(
      new Option("--period <period>", "the last one that is over")
        .choices(REPORT_PERIODS)
        .default("week"),
    )
    .addOption(
      new Option("--format <name>", "what to write")
        .choices(["mail", "text", "html"])
        .default("mail"),
    )
    .addOption(
      new Option("--language <code>", "language of the report")
        .choices(REPORT_LANGUAGES)
        .default("en"),
    )
    .option("--from <address>", "sender in the header of the mail", parseAddress)
    .option("--to <address>", "recipient in the header of the mail", parseAddress)
    .addHelpText("after", HELP)
    .action(async (flags: Flags) => await report(shell, flags));
}

async function report(shell: Shell, flags: Flags): Promise<void> {
  const { site: siteId, period, format, language, from, to } = flags;
  const failure = `Cannot report on ${siteId}`;
  await withServers(shell, { failure }, async ({ database, databaseUrl }, signal) => {
    const site = (await listSites(database)).find((each) => each.siteId === siteId);
    const dates = lastPeriod(period, Date.now(), site?.timeZone ?? DEFAULT_TIME_ZONE);
    const source = openSnapshotSource({
      url: databaseUrl,
      connectionsMax: 1,
      cacheBytesMax: CACHE_BYTES_MAX,
    });
    try {
      const numbers = await readReport(source, { siteId, ...dates }, signal);
      const printed = printReport(numbers, {
        site: site?.name || siteId,
        dates,
        language: new ReportWords(language),
      });
      // A mail has line breaks of its own, and escapes values itself.
      shell.stdout.write(
        format === "mail" ? mailMessage(printed, { from, to, date: new Date() }) : printed[format],
      );
    } finally {
      await source.close();
    }
  });
}

/** A line break would add headers. */
function parseAddress(value: string): string {
  if (/^[\x20-\x7e]{3,320}$/.test(value) && value.includes("@")) return value;
  throw new InvalidArgumentError("Expected an address such as team@example.com.");
}
