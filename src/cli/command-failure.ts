/** Ctrl-C, as shells report it: 128 and the number of the signal. */
export const EXIT_INTERRUPTED = 130;

/**
 * The end of a command that did not do what it was asked, for the person who asked: the message is
 * printed as it is, and the process exits with `exitCode`.
 */
export class CommandFailure extends Error {
  override readonly name = "CommandFailure";
  readonly exitCode: number;

  constructor(exitCode: number, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.exitCode = exitCode;
  }
}
