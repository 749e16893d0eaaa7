import { CommanderError } from "commander";
import { errorText, QueueFlowError } from "../errors.ts";
import { CommandFailure } from "./command-failure.ts";
import { buildProgram, type ProgramOptions } from "./program.ts";

const EXIT_FAILED = 1;
const EXIT_WRONG_USAGE = 2;

/**
 * Runs the command that `args` ask for, says on standard error what went wrong, and answers the exit
 * code: 0 done, 1 failed, 2 wrong usage or configuration, 130 stopped by Ctrl-C. One whose reader is gone ends with 141.
 */
export async function runCli(args: readonly string[], options: ProgramOptions): Promise<number> {
  try {
    await buildProgram(options).parseAsync(args, { from: "user" });
    return 0;
  } catch (error) {
    // Commander has said it already; help and version come this way too, with code 0.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_WRONG_USAGE;
    process.stderr.write(`queueflow: ${wordsOf(error)}\n`);
    return exitCodeOf(error);
  }
}

function wordsOf(error: unknown): string {
  // Wrong configuration is a list, one problem a line.
  if (error instanceof QueueFlowError && error.code === "invalid_config") return error.message;
  const isExpected = error instanceof QueueFlowError || error instanceof CommandFailure;
  return isExpected ? errorText(error) : stackOf(error);
}

function exitCodeOf(error: unknown): number {
  if (error instanceof CommandFailure) return error.exitCode;
  if (!(error instanceof QueueFlowError)) return EXIT_FAILED;
  const isUsersMistake = error.code === "invalid_usage" || error.code === "invalid_config";
  return isUsersMistake ? EXIT_WRONG_USAGE : EXIT_FAILED;
}

/** A defect of this program: its place is worth more than brevity. */
function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? errorText(error)) : errorText(error);
}
