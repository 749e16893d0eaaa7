import type { Command } from "commander";
import { readConfig } from "../config.ts";
import { closeRedisConnection } from "../stream/redis-connection.ts";
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
FILE is an access log in the combined format of Apache and nginx; the common format does too. It may
be compressed with gzip. "-" reads standard input. A log of any size takes the same little memory.

Each line becomes one event of type page_view:
  path       the path of the request, without what follows a "?"
  user_id    a hash of the remote address and the user agent, so that no address is stored
  timestamp  the time of the line, with its offset; /stats counts by UTC day
  event_id   from the line's number and content: importing the same file again, or a log that has
             grown since, counts nothing twice

Lines that are no such event are counted, shown and passed over.

Examples:
  queueflow import /var/log/nginx/access.log --site example.com
  queueflow import access.log.2.gz --site example.com
  ssh web cat /var/log/apache2/access.log | queueflow import - --site example.com`;

interface ImportFlags {
  readonly site: string;
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
    .option(
      "--no-wait",
      "end when the stream has all events, before the consumers have stored them",
    )
    .addHelpText("after", HELP)
    .action(importCommand);
}

async function importCommand(file: string, { site, wait }: ImportFlags): Promise<void> {
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
    const run = { config, log: plainLog, source, siteId: site, tally, signal, wait };
    const storing = await importAccessLog(redis, run);
    const report = { sourceName: source.name, siteId: site, apiPort: config.apiPort, storing };
    process.stdout.write(`${importReport(tally, report)}\n`);
  } catch (error) {
    throw signal.aborted ? interrupted(tally) : failed(tally, error);
  } finally {
    process.off("SIGINT", interrupt);
    await closeRedisConnection(redis);
  }
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
