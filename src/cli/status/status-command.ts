import { setTimeout as delay } from "node:timers/promises";
import type { Command } from "commander";
import { QueueFlowError } from "../../errors.ts";
import type { StreamReading } from "../../stream/inspect/stream-rates.ts";
import { CommandFailure } from "../command-failure.ts";
import { withServers } from "../servers.ts";
import { print, type Shell } from "../shell.ts";
import { type CommandReport, readStatus, readStream } from "./read-status.ts";
import { failureIn, statusScreen } from "./status-screen.ts";
import { watchScreen } from "./watch-screen.ts";

/** The first rates are measured over this time. */
const FIRST_INTERVAL_MS = 1_000;
const WATCH_INTERVAL_MS = 2_000;

const HELP = `
Asks the engine of this folder, or on port API_PORT of this machine, Redis and PostgreSQL; it also works
while the engine is down. Rates cover all processes on the stream, over one second. With --json --watch it prints one report
per line. Exits with 0 when everything is fine, else with 1.

Examples:
  queueflow status
  queueflow status --watch
  queueflow status --json | jq .stream.backlog_entries`;

interface StatusFlags {
  readonly json?: boolean;
  readonly watch?: boolean;
}

export function addStatusCommand(program: Command, shell: Shell): void {
  program
    .command("status")
    .summary("show threads, rates, backlog and servers on one screen")
    .description("Shows threads, rates, backlog, dead letters and servers on one screen.")
    .option("--json", "print one JSON object")
    .option("--watch", "update every two seconds until Ctrl-C")
    .addHelpText("after", HELP)
    .action(async (flags: StatusFlags) => await status(shell, flags));
}

async function status(shell: Shell, { json = false, watch = false }: StatusFlags): Promise<void> {
  if (watch && !json && !shell.stdout.isTTY) {
    throw new QueueFlowError(
      "invalid_usage",
      "--watch needs a terminal; for a program, add --json",
    );
  }
  await withServers(shell, { failure: "Cannot read the status" }, async (servers, signal) => {
    let previous: StreamReading | undefined = (await readStream(servers)).reading;
    if (previous !== undefined) await delay(FIRST_INTERVAL_MS, undefined, { signal });
    const next = async (): Promise<CommandReport> => {
      const { report, reading } = await readStatus(servers, previous);
      previous = reading;
      return report;
    };
    if (!watch) show(shell, await next(), json);
    else if (json) {
      for (;;) {
        print(shell, JSON.stringify(await next()));
        await delay(WATCH_INTERVAL_MS, undefined, { signal });
      }
    } else {
      const frame = async () => [...statusScreen(await next()), "", "Ctrl-C ends this"];
      await watchScreen(shell.stdout, frame, { intervalMs: WATCH_INTERVAL_MS, signal });
    }
  });
}

function show(shell: Shell, report: CommandReport, json: boolean): void {
  print(shell, ...(json ? [JSON.stringify(report, null, 2)] : statusScreen(report)));
  const failure = failureIn(report);
  if (failure !== undefined) throw new CommandFailure(1, failure);
}
