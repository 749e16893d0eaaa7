import type { Command } from "commander";
import { readConfig } from "../../config/config.ts";
import { QueueFlowError } from "../../errors.ts";
import { CommandFailure, EXIT_INTERRUPTED } from "../command-failure.ts";
import { StatusReader } from "./status-reader.ts";
import { type StatusReport, whatIsWrong } from "./status-report.ts";
import { statusScreen } from "./status-screen.ts";
import { watch } from "./watch.ts";

const HELP = `
Asks the engine on port API_PORT of this machine, Redis and PostgreSQL, and shows what there is of them
when the engine is down too. The rates are those of all processes on the stream, over one second. With
--json --watch each line is one report. Exits with 0 when all is well, else with 1.

Examples:
  queueflow status
  queueflow status --watch
  queueflow status --json | jq .stream.backlog_entries`;

interface StatusFlags {
  readonly json?: boolean;
  readonly watch?: boolean;
}

/** Adds `queueflow status`. */
export function addStatusCommand(program: Command): void {
  program
    .command("status")
    .summary("show threads, rates, backlog and servers on one screen")
    .description("Shows threads, rates, backlog, dead letters and servers on one screen.")
    .option("--json", "print one JSON object")
    .option("--watch", "show it again every two seconds, until Ctrl-C")
    .addHelpText("after", HELP)
    .action(statusCommand);
}

async function statusCommand({ json = false, watch: isWatch = false }: StatusFlags): Promise<void> {
  if (isWatch && !json && !process.stdout.isTTY) {
    throw new QueueFlowError("invalid_usage", "--watch needs a terminal; add --json for a program");
  }
  const reader = new StatusReader(readConfig());
  const interruption = new AbortController();
  const { signal } = interruption;
  const interrupt = (): void => interruption.abort();
  process.on("SIGINT", interrupt);
  try {
    if (isWatch) {
      const next = async () => {
        const report = await reader.read(signal);
        return json ? JSON.stringify(report) : [...statusScreen(report), "", "Ctrl-C ends this"];
      };
      await watch(next, signal);
    }
    show(await reader.read(signal), json);
  } catch (error) {
    throw signal.aborted ? new CommandFailure(EXIT_INTERRUPTED, "Stopped") : error;
  } finally {
    process.off("SIGINT", interrupt);
    await reader.close();
  }
}

function show(report: StatusReport, json: boolean): void {
  const text = json ? JSON.stringify(report, null, 2) : statusScreen(report).join("\n");
  process.stdout.write(`${text}\n`);
  const wrong = whatIsWrong(report);
  if (wrong !== undefined) throw new CommandFailure(1, wrong);
}
