import { dlopen } from "bun:ffi";
import { constants, fstatSync, openSync, writeSync } from "node:fs";
import { isatty } from "node:tty";
import type { LogDestination } from "./log.ts";
import { readableLine } from "./readable-line.ts";

const STANDARD_OUTPUT = 1;
const C_LIBRARY = "libc.so.6";
/** From `fcntl.h`, the same on all Linux. */
const F_GETFL = 3;
const F_SETFL = 4;
/** How long one line may hold its thread while whoever reads is busy, in milliseconds; then lines are dropped. */
const PATIENCE_MS = 1_000;
const RETRY_MS = 5;

const sleeper = new Int32Array(new SharedArrayBuffer(4));

/**
 * Standard output as a file descriptor that never blocks, where there is one: a terminal that is held
 * with Ctrl-S, or a log shipper that hangs, would otherwise stop every thread that logs. To be opened once a
 * process, since nothing closes it when a thread dies. A file cannot block, and is taken as it is.
 */
export function openLogFile(): number {
  try {
    const output = fstatSync(STANDARD_OUTPUT);
    if (output.isFIFO() || output.isCharacterDevice()) {
      return openSync("/proc/self/fd/1", constants.O_WRONLY | constants.O_NONBLOCK);
    }
    if (output.isSocket()) neverBlock(STANDARD_OUTPUT);
  } catch {
    // Another user's pipe, no /proc, another C library: lines are written all the same, and may block.
  }
  return STANDARD_OUTPUT;
}

/** A socket, as a service manager gives one, cannot be opened anew. Who shares it does not block either then. */
function neverBlock(fd: number): void {
  const library = dlopen(C_LIBRARY, {
    fcntl: { args: ["i32", "i32", "i32"], returns: "i32" },
  });
  const flags = library.symbols.fcntl(fd, F_GETFL, 0);
  if (flags >= 0) library.symbols.fcntl(fd, F_SETFL, flags | constants.O_NONBLOCK);
  library.close();
}

/**
 * Writes the lines of one thread's log to a file descriptor, at once and whole, and for a person to read when it is
 * a terminal. When it takes none they are dropped, and counted in a record of their own once it does again.
 */
export class LogOutput implements LogDestination {
  readonly #fd: number;
  readonly #thread: string;
  readonly #isTerminal: boolean;
  /** What is left of a line of which a part was written. */
  #rest: Uint8Array = new Uint8Array();
  #droppedLines = 0;
  #droppedLinesTotal = 0;

  constructor(fd: number, thread: string) {
    this.#fd = fd;
    this.#thread = thread;
    this.#isTerminal = isatty(fd);
  }

  /** How many lines were dropped since it was opened. */
  get droppedLinesTotal(): number {
    return this.#droppedLinesTotal;
  }

  /** Writes a line, newline included. It holds the thread for `PATIENCE_MS` at most, and never throws. */
  write(line: string): void {
    const isStuck = this.#droppedLines > 0;
    const loss = isStuck ? this.#shown(this.#lossLine()) : "";
    const text = Buffer.concat([this.#rest, Buffer.from(`${loss}${this.#shown(line)}`)]);
    const written = this.#writeFor(isStuck ? 0 : PATIENCE_MS, text);
    if (written <= this.#rest.length) {
      this.#rest = this.#rest.subarray(written);
      this.#droppedLines += 1;
      this.#droppedLinesTotal += 1;
    } else {
      this.#rest = text.subarray(written);
      this.#droppedLines = 0;
    }
  }

  #shown(line: string): string {
    return this.#isTerminal ? readableLine(line, { colors: Bun.enableANSIColors }) : line;
  }

  #lossLine(): string {
    const fields = { thread: this.#thread, lines: this.#droppedLines };
    const msg = "Log lines were dropped: standard output took none for a while";
    return `${JSON.stringify({ level: "warn", time: new Date(), ...fields, msg })}\n`;
  }

  /** Answers how many bytes were taken within the time. */
  #writeFor(patienceMs: number, bytes: Uint8Array): number {
    const endAtMs = performance.now() + patienceMs;
    let written = 0;
    while (written < bytes.length) {
      try {
        written += writeSync(this.#fd, bytes, written);
      } catch (error) {
        if (!isBusy(error) || performance.now() >= endAtMs) return written;
        Atomics.wait(sleeper, 0, 0, RETRY_MS);
      }
    }
    return written;
  }
}

/** Whether it may take more soon. A full disk or a closed terminal costs the line, not the engine. */
function isBusy(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EAGAIN";
}
