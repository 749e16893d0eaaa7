import { PassThrough, Writable } from "node:stream";
import { runCli } from "../../src/cli/run-cli.ts";
import type { Output, Shell } from "../../src/cli/shell.ts";
import { emptyFolder } from "../support/engine.ts";

/** The environment, folder and input of a command. It sees no other variables. */
export interface CommandOptions {
  /** Whether standard input is a terminal. */
  readonly isTerminal?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly stdin?: string | Uint8Array;
}

/** The result of a command. */
export interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command of `queueflow` in this process. */
export async function runQueueflow(
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const command = startQueueflow(args, options);
  command.stdin.end(options.stdin);
  return await command.result;
}

/** Starts a command of `queueflow` in this process, with an open standard input. */
export function startQueueflow(
  args: readonly string[],
  { env = {}, cwd, isTerminal = false }: Omit<CommandOptions, "stdin"> = {},
) {
  const interruption = new AbortController();
  const stdin = Object.assign(new PassThrough(), { isTTY: isTerminal });
  const stdout = outputOf();
  const stderr = outputOf();
  const shell: Shell = {
    env,
    folder: cwd ?? emptyFolder(),
    stdin,
    stdout: stdout.output,
    stderr: stderr.output,
    interruption: () => interruption.signal,
  };
  const serve = async (): Promise<void> => void stdout.output.write("the engine runs\n");
  const result = runCli(args, { serve, shell }).then((exitCode) => ({
    exitCode,
    stdout: stdout.text(),
    stderr: stderr.text(),
  }));
  return {
    stdin,
    result,
    /** The errors, messages and questions printed so far. */
    errors: stderr.text,
    /** The lines printed so far. */
    lines: (): readonly string[] => stdout.text().split("\n"),
    /** As Ctrl-C does. */
    interrupt: (): void => interruption.abort(),
  };
}

/** Collects what is written to it. */
export function outputOf(): { readonly output: Output; readonly text: () => string } {
  const chunks: Buffer[] = [];
  const output = new Writable({
    write(chunk: Buffer, _, done) {
      chunks.push(chunk);
      done();
    },
  });
  return { output, text: () => Buffer.concat(chunks).toString() };
}
