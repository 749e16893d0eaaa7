import { type Command, Option } from "commander";
import { DEFAULT_TIME_ZONE } from "../../access/rules.ts";
import { readConfig } from "../../config/config.ts";
import type { SmtpServer } from "../../config/smtp-server.ts";
import { QueueFlowError } from "../../errors.ts";
import { openSnapshotSource } from "../../reporting/snapshot/snapshot-source.ts";
import { listReadableSites } from "../../store/reports/list-readable-sites.ts";
import { CommandFailure } from "../command-failure.ts";
import { parseSiteId } from "../options.ts";
import { withServers } from "../servers.ts";
import { print, type Shell } from "../shell.ts";
import { mailMessage } from "./mail-message.ts";
import { addressOf, type Mailbox, parseMailbox, parseMailboxes } from "./mailbox.ts";
import { type PrintedReport, printReport } from "./print-report.ts";
import { readReport } from "./read-report.ts";
import { lastPeriod, REPORT_PERIODS, type ReportPeriod } from "./report-period.ts";
import { REPORT_LANGUAGES, type ReportLanguage, ReportWords } from "./report-words.ts";
import { sendMail } from "./send-mail.ts";
import { smtpAddress } from "./smtp-failure.ts";

/** Of decoded columns: the questions of a report read the same ones. */
const CACHE_BYTES_MAX = 64 * 1_024 * 1_024;

const HELP = `
Writes the numbers of the last day, week or month that is over in the site's time zone, compared with the one
before: as a mail, with text and HTML. With SMTP_URL and --to the mail is sent; otherwise it goes to standard
output, for a mail program.

Examples:
  SMTP_URL=smtp://reports%40example.com:password@mail.example.com:587 \\
    queueflow report --site example.com --to team@example.com,boss@example.com
  queueflow report --site example.com --period week --to team@example.com | sendmail -t
  queueflow report --site example.com --period day --format text
  queueflow report --site example.com --period month --format html --language de > month.html`;

interface Flags {
  readonly site: string;
  readonly period: ReportPeriod;
  readonly format: "mail" | "text" | "html";
  readonly language: ReportLanguage;
  readonly from?: Mailbox;
  readonly to?: readonly Mailbox[];
}

export function addReportCommand(program: Command, shell: Shell): void {
  program
    .command("report")
    .summary("write or send a site's numbers as a mail")
    .description("Writes the numbers of a site as a mail, or sends it, for cron.")
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
    .option("--from <address>", "sender of the mail (default: the user of SMTP_URL)", parseMailbox)
    .option("--to <addresses>", "recipients of the mail, separated by commas", parseMailboxes)
    .addHelpText("after", HELP)
    .action(async (flags: Flags) => await report(shell, flags));
}

async function report(shell: Shell, flags: Flags): Promise<void> {
  const { format, to = [] } = flags;
  const { smtpServer } = readConfig(shell.env);
  if (format !== "mail" || to.length === 0 || smtpServer === undefined) {
    const printed = await printedReport(shell, flags);
    // A mail has line breaks of its own, and escapes values itself.
    shell.stdout.write(
      format === "mail"
        ? mailMessage(printed, { from: flags.from, to, date: new Date() })
        : printed[format],
    );
    return;
  }
  const from = flags.from ?? defaultSender(smtpServer);
  const printed = await printedReport(shell, flags);
  const message = mailMessage(printed, { from, to, date: new Date() });
  const addresses = to.map(({ address }) => address);
  const mail = { message, from: from.address, to: addresses };
  const reply = await sendMail(smtpServer, mail, { signal: shell.interruption() });
  print(shell, `Sent to ${addresses.join(", ")} by ${smtpAddress(smtpServer)}: ${reply}`);
}

/** @throws QueueFlowError `invalid_usage` when the user's name is no address. */
function defaultSender({ login }: SmtpServer): Mailbox {
  const address = login && addressOf(login.user);
  if (address !== undefined) return { text: address, address };
  const message = "Expected --from, since the user of SMTP_URL is no address";
  throw new QueueFlowError("invalid_usage", message);
}

async function printedReport(shell: Shell, flags: Flags): Promise<PrintedReport> {
  const { site: siteId, period, language } = flags;
  const failure = `Cannot report on ${siteId}`;
  return await withServers(shell, { failure }, async ({ database, databaseUrl }, signal) => {
    const [site] = await listReadableSites(database, { only: siteId, limit: 1 });
    if (site === undefined) throw unknownSite(siteId);
    const dates = lastPeriod(period, Date.now(), site.timeZone ?? DEFAULT_TIME_ZONE);
    const source = openSnapshotSource({
      url: databaseUrl,
      connectionsMax: 1,
      cacheBytesMax: CACHE_BYTES_MAX,
    });
    try {
      const numbers = await readReport(source, { siteId, ...dates }, signal);
      return printReport(numbers, {
        site: site.name || siteId,
        dates,
        language: new ReportWords(language),
      });
    } finally {
      await source.close();
    }
  });
}

function unknownSite(siteId: string): CommandFailure {
  const message = `Expected --site to be a site with settings or events, not ${JSON.stringify(siteId)}`;
  return new CommandFailure(1, message);
}
