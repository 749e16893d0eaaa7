import { type Command, Option } from "commander";
import { LOG_FORMATS } from "../../importers/choose-format.ts";
import { EXPORT_FORMATS } from "../../importers/exported/export-format.ts";
import type { Only } from "../../importers/line-event.ts";
import { CommandFailure } from "../command-failure.ts";
import { parseSiteId } from "../options.ts";
import { withServers } from "../servers.ts";
import { print, type Shell } from "../shell.ts";
import { shellLog } from "../shell-log.ts";
import { count } from "../text.ts";
import { importEvents } from "./import-events.ts";
import { importInput } from "./import-input.ts";
import { importReport } from "./import-report.ts";
import { ImportTally } from "./import-tally.ts";
import { openLogSource } from "./log-source.ts";

const HELP = `
FILE is an access log or an export, plain or compressed with gzip, zstd or bzip2; "-" reads standard input.
Memory use does not depend on its size. The format is detected from the first lines unless --format names
it. Lines in another format are skipped, counted and shown.

Each line of NDJSON or row of CSV that GET /export wrote becomes the event that it was, with its event_id.
One without becomes an event with an id derived from its content and place, so a second import counts
nothing twice either. --site replaces the site of all events.

Each request of an access log becomes one event of type page_view:
  path       the path of the request; of its query only the parameters that KEEP_QUERY names
  user_id    a hash of the visitor's address and user agent; the address itself is not stored. Of a list
             such as X-Forwarded-For the first address counts. Behind a proxy with a private address
             the forwarded address counts, if the log has it. Host names count as they are.
  timestamp  the time of the line, with its offset; /stats counts by UTC day
  hostname   the site's host name, if the log has it
  referrer   the referrer, if the log has it
  utm_*      the campaign in the query of the request
  event_id   derived from line number and content: importing the same log again, or after it has
             grown, counts nothing twice, whatever the options

A last line without a newline may still be incomplete: it is left for the next import, unless --complete
is given.

Exit status is 1 when no line can be imported, or when the file cannot be read to its end.

Examples:
  queueflow import /var/log/nginx/access.log --site example.com
  queueflow import access.log.2.gz --site example.com --only pages
  queueflow import example.com.ndjson
  ssh web cat /var/log/apache2/access.log | queueflow import - --site example.com
  tail -n +1 -F access.log | queueflow import - --site example.com`;

interface ImportFlags {
  readonly site?: string;
  readonly format?: string;
  readonly only: Only;
  readonly complete: boolean;
  readonly wait: boolean;
}

export function addImportCommand(program: Command, shell: Shell): void {
  program
    .command("import")
    .summary("import an access log or an export")
    .description(
      "Sends a web server's access log through the stream, as page views, or the events of an export.",
    )
    .argument("<file>", 'the access log or the export; "-" for standard input')
    .option(
      "--site <id>",
      "the site of the events; an access log needs it, and an export has its own",
      parseSiteId,
    )
    .addOption(
      new Option("--format <name>", "format of the file; detected by default").choices([
        ...LOG_FORMATS.map(({ name }) => name),
        ...EXPORT_FORMATS,
      ]),
    )
    .addOption(
      new Option(
        "--only <what>",
        "pages: leave out assets, robots, redirects and errors; the report counts them either way",
      )
        .choices(["pages", "all"])
        .default("all"),
    )
    .option("--complete", "import a last line without a newline too", false)
    .option("--no-wait", "end when all events are in the stream, before they are stored")
    .addHelpText("after", HELP)
    .action(async (file: string, flags: ImportFlags) => await importFile(shell, file, flags));
}

async function importFile(shell: Shell, file: string, flags: ImportFlags): Promise<void> {
  const { site: siteId, format, only, complete, wait } = flags;
  const source = openLogSource(shell, file);
  const tally = new ImportTally();
  const soFar = (): string =>
    `after ${count(tally.linesRead, "line")} with ${count(tally.eventsAccepted, "event")} accepted; it is safe to run it again, they count once`;
  const work = { failure: `Cannot import ${source.name}`, soFar };
  await withServers(shell, work, async (servers, signal) => {
    const { config } = servers;
    const log = shellLog(shell);
    const shards = await servers.shards(log);
    const keptQuery = new Set(config.keptQuery);
    const readInput = async () => await importInput(source.chunks, flags);
    const options = { config, log, shell, source, readInput, keptQuery, complete, tally };
    try {
      const storing = await importEvents(shards, { ...options, signal, wait });
      const { apiUrl } = servers;
      const report = { sourceName: source.name, siteId, apiUrl, only, storing };
      print(shell, ...importReport(tally, report));
    } catch (cause) {
      throw new CommandFailure(1, `The import stopped ${soFar()}`, { cause });
    }
  });
  switch (tally.nothingFound) {
    case undefined:
      return;
    case "empty":
      throw new CommandFailure(1, `${source.name} has no lines`);
    case "unfinished":
      throw new CommandFailure(1, `The only line of ${source.name} has no newline: add --complete`);
    case "not understood": {
      const advice = format === undefined ? "" : `; omit --format ${format} to detect it`;
      throw new CommandFailure(1, `No line of ${source.name} could be imported${advice}`);
    }
  }
}
