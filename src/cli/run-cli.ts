import { CommanderError } from "commander";
import { errorText, QueueFlowError } from "../errors.ts";
import { CommandFailure } from "./command-failure.ts";
import { buildProgram, type ProgramOptions } from "./program.ts";
import { isUsageError } from "./servers.ts";
import { printError, processShell } from "./shell.ts";

const EXIT_FAILED = 1;
const EXIT_WRONG_USAGE = 2;

/**
 * Runs the command in `args`, reports a failure on standard error, and returns the exit code: 0 success, 1 failure,
 * 2 wrong usage or configuration, 130 interrupted by Ctrl-C.
 */
export async function runCli(
  args: readonly string[],
  { serve, shell = processShell() }: Pick<ProgramOptions, "serve"> & Partial<ProgramOptions>,
): Promise<number> {
  try {
    await buildProgram({ serve, shell }).parseAsync(args, { from: "user" });
    return 0;
  } catch (error) {
    // Commander has printed its message already. Help and version end this way too, with code 0.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_WRONG_USAGE;
    printError(shell, `queueflow: ${messageOf(error)}`);
    if (error instanceof CommandFailure) return error.exitCode;
    return isUsageError(error) ? EXIT_WRONG_USAGE : EXIT_FAILED;
  }
}

function messageOf(error: unknown): string {
  // One problem per line.
  if (error instanceof QueueFlowError && error.code === "invalid_config") return error.message;
  const isExpected = error instanceof QueueFlowError || error instanceof CommandFailure;
  if (isExpected || !(error instanceof Error)) return errorText(error);
  // A defect of this program: the stack locates it.
  return error.stack ?? errorText(error);
}
