import { setImmediate } from "node:timers/promises";
import { errorText } from "../errors.ts";

/** As a shell reports a program that a closed pipe has ended: 128 and the number of SIGPIPE. */
const EXIT_NO_READER = 141;
const EXIT_FAILED = 1;

/**
 * Ends a command whose result nobody takes: silently when who read it has read enough, as `head` does, and with words
 * when it cannot be written, as to a full disk. An engine does without: its log waits for nobody.
 */
export function endWhenNobodyReads(): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(EXIT_NO_READER);
    process.stderr.write(`queueflow: The result could not be written: ${errorText(error)}\n`);
    process.exit(EXIT_FAILED);
  });
  // There is nobody left to tell.
  process.stderr.on("error", () => undefined);
}

/** Resolves when all that a command has said was written: the end of the process would cut it off. */
export async function untilWritten(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  process.stdout.write("", () => resolve());
  await promise;
  // What went wrong is told in a turn of its own.
  await setImmediate();
}
