import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { setImmediate } from "node:timers/promises";
import { environment } from "../config/config.ts";
import type { Environment } from "../config/environment-reader.ts";
import { errorText } from "../errors.ts";
import { printableLines } from "../log/printable.ts";

/** As a shell reports a program ended by a closed pipe: 128 plus the number of SIGPIPE. */
const EXIT_BROKEN_PIPE = 141;
const EXIT_FAILED = 1;

/** A stream that may be a terminal. */
type Terminal<Stream> = Stream & { readonly isTTY?: boolean };
export type Output = Terminal<Writable> & { readonly columns?: number; readonly rows?: number };

/** Where a command runs. Tests run commands in their own process, each in a shell of its own. */
export interface Shell {
  readonly env: Environment;
  /** Relative paths and `.queueflow` start here. */
  readonly folder: string;
  readonly stdin: Terminal<Readable>;
  readonly stdout: Output;
  readonly stderr: Output;
  /** Returns a signal that Ctrl-C aborts. Until a command calls this, Ctrl-C ends the process. */
  interruption(): AbortSignal;
}

/** The shell that this process was started from. */
export function processShell(): Shell {
  let interruption: AbortController | undefined;
  return {
    env: environment,
    folder: process.cwd(),
    get stdin() {
      return process.stdin;
    },
    stdout: process.stdout,
    stderr: process.stderr,
    interruption() {
      if (interruption === undefined) {
        const controller = new AbortController();
        // Listens to every SIGINT: npx and bun run forward the one that the terminal has sent already.
        process.on("SIGINT", () => controller.abort());
        interruption = controller;
      }
      return interruption.signal;
    },
  };
}

/** Escapes control characters: what is printed may hold values of events, and so of anybody. */
export function print({ stdout }: Shell, ...lines: readonly string[]): void {
  if (lines.length > 0) stdout.write(`${printableLines(lines.join("\n"))}\n`);
}

/** Prints on standard error, likewise. */
export function printError({ stderr }: Shell, ...lines: readonly string[]): void {
  stderr.write(`${printableLines(lines.join("\n"))}\n`);
}

/**
 * Asks on a terminal; the end of input counts as no. The global `confirm` would block the event loop, and Ctrl-C with it.
 */
export async function confirmed({ stdin, stderr }: Shell, question: string): Promise<boolean> {
  stderr.write(`${printableLines(question)} [y/N] `);
  using lines = createInterface({ input: stdin, terminal: false });
  for await (const line of lines) return /^y(es)?$/i.test(line.trim());
  return false;
}

/** Ends the process when its output cannot be written: silently after a reader such as `head` has closed the pipe. */
export function exitOnOutputError({ stdout, stderr }: Shell): void {
  stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(EXIT_BROKEN_PIPE);
    stderr.write(`queueflow: Cannot write the output: ${errorText(error)}\n`);
    process.exit(EXIT_FAILED);
  });
  // Nowhere is left to report this.
  stderr.on("error", () => undefined);
}

/** Resolves when all output has been written. `process.exit` would cut it off. */
export async function untilWritten({ stdout }: Shell): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  stdout.write("", () => resolve());
  await promise;
  // A write error is emitted one turn later.
  await setImmediate();
}
