/** Ctrl-C, as shells report it: 128 plus the number of SIGINT. */
export const EXIT_INTERRUPTED = 130;

/** An expected failure of a command: `runCli` prints the message and exits with `exitCode`. */
export class CommandFailure extends Error {
  override readonly name = "CommandFailure";
  readonly exitCode: number;

  constructor(exitCode: number, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.exitCode = exitCode;
  }
}
