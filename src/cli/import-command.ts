import { type Command, Option } from "commander";
import { readConfig } from "../config/config.ts";
import { LOG_FORMATS } from "../importers/choose-format.ts";
import type { Only } from "../importers/line-event.ts";
import type { LogFormat } from "../importers/log-format.ts";
import { closeRedisConnection } from "../stream/redis/redis-connection.ts";
import { CommandFailure, EXIT_INTERRUPTED } from "./command-failure.ts";
import { findRedisUrl } from "./find-servers.ts";
import { importAccessLog } from "./import/import-access-log.ts";
import { importReport } from "./import/import-report.ts";
import { ImportTally } from "./import/import-tally.ts";
import { openLogSource } from "./import/log-source.ts";
import { parseSiteId } from "./parse-site-id.ts";
import { plainLog } from "./plain-log.ts";
import { count } from "./plain-text.ts";
import { connectRedis } from "./reach-redis.ts";

const HELP = `
FILE is an access log, plain or compressed with gzip, zstd or bzip2; "-" reads standard input. Memory
use does not depend on its size. The first lines decide on the format unless --format names it; lines
in another format are skipped, counted and shown.

Each request becomes one event of type page_view:
  path       the path of the request, without what follows a "?"
  user_id    a hash of the visitor's address and user agent, so that no address is stored. The visitor
             of a list such as X-Forwarded-For is its first address. Behind a proxy with a private
             address it is the forwarded one, where the log has it. A host name counts as it is.
  timestamp  the time of the line, with its offset; /stats counts by UTC day
  event_id   from the line's number and content: importing the same log again, or when it has
             grown, with whatever options, counts nothing twice

A last line without a newline may still be written to: it is left for the next import, unless the log
is said to be --complete.

Exit status is 1 when no line could be understood, or when the log cannot be read to its end.

Examples:
  queueflow import /var/log/nginx/access.log --site example.com
  queueflow import access.log.2.gz --site example.com --only pages
  ssh web cat /var/log/apache2/access.log | queueflow import - --site example.com
  tail -n +1 -F access.log | queueflow import - --site example.com`;

interface ImportFlags {
  readonly site: string;
  readonly format?: string;
  readonly only: Only;
  readonly complete: boolean;
  readonly wait: boolean;
}

/** Adds `queueflow import FILE --site ID`. */
export function addImportCommand(program: Command): void {
  program
    .command("import")
    .summary("send a web server's access log through the stream")
    .description("Sends a web server's access log through the stream, as page views.")
    .argument("<file>", 'the access log; "-" for standard input')
    .requiredOption("--site <id>", "the site that the log belongs to", parseSiteId)
    .addOption(
      new Option(
        "--format <name>",
        "the format of the log, instead of the one its lines have",
      ).choices(LOG_FORMATS.map(({ name }) => name)),
    )
    .addOption(
      new Option(
        "--only <what>",
        "pages: leave out assets, robots, redirects and errors; the report counts them either way",
      )
        .choices(["pages", "all"])
        .default("all"),
    )
    .option("--complete", "count the last line also when it has no newline", false)
    .option(
      "--no-wait",
      "end when the stream has all events, before the consumers have stored them",
    )
    .addHelpText("after", HELP)
    .action(importCommand);
}

async function importCommand(file: string, flags: ImportFlags): Promise<void> {
  const { site: siteId, only, complete, wait } = flags;
  const format = LOG_FORMATS.find(({ name }) => name === flags.format);
  const config = readConfig();
  const url = findRedisUrl(config);
  const interruption = new AbortController();
  const { signal } = interruption;
  const source = openLogSource(file, signal);
  const redis = await connectRedis(url, plainLog);
  const tally = new ImportTally();
  const interrupt = (): void => interruption.abort();
  // npx and bun run pass on a Ctrl-C that the terminal has sent to this process already.
  process.on("SIGINT", interrupt);
  try {
    const storing = await importAccessLog(redis, {
      config,
      log: plainLog,
      source,
      siteId,
      format,
      only,
      complete,
      tally,
      signal,
      wait,
    });
    const report = { sourceName: source.name, siteId, apiPort: config.apiPort, only, storing };
    process.stdout.write(`${importReport(tally, report)}\n`);
  } catch (error) {
    throw signal.aborted ? interrupted(tally) : failed(tally, error);
  } finally {
    process.off("SIGINT", interrupt);
    // Ends the reading of a pipe that stays open after a failure.
    interruption.abort();
    await closeRedisConnection(redis);
  }
  if (tally.understoodNothing) {
    throw new CommandFailure(1, `No line of ${source.name} was understood${advice(format)}`);
  }
}

function advice(format: LogFormat | undefined): string {
  return format === undefined ? "" : `; leave out --format ${format.name} to let its lines decide`;
}

function interrupted(tally: ImportTally): CommandFailure {
  return new CommandFailure(EXIT_INTERRUPTED, `Stopped${soFar(tally)}`);
}

function failed(tally: ImportTally, cause: unknown): CommandFailure {
  return new CommandFailure(1, `The import stopped${soFar(tally)}`, { cause });
}

function soFar({ linesRead, eventsAccepted }: ImportTally): string {
  const events = `${count(eventsAccepted, "event")} accepted`;
  return ` after ${count(linesRead, "line")} with ${events}; it is safe to run it again, they count once`;
}
