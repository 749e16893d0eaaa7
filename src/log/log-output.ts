import { constants, fstatSync, openSync, writeSync } from "node:fs";
import { isatty } from "node:tty";
import type { LogDestination } from "./log.ts";
import { printableLines } from "./printable.ts";
import { readableLine } from "./readable-line.ts";

const STANDARD_OUTPUT = 1;
const BLOCKED_MS_MAX = 1_000;
const RETRY_MS = 5;

const sleeper = new Int32Array(new SharedArrayBuffer(4));

/**
 * Returns a file descriptor for standard output that never blocks. Call it once per process: nothing closes the descriptor.
 */
export function openLogFile(): number {
  try {
    const output = fstatSync(STANDARD_OUTPUT);
    // Opened again, so that programs that share it still block.
    if (output.isFIFO() || output.isCharacterDevice()) {
      return openSync("/proc/self/fd/1", constants.O_WRONLY | constants.O_NONBLOCK);
    }
    // A socket cannot be opened again; the writer of Bun 1.4.5 sets O_NONBLOCK on it.
    if (output.isSocket()) Bun.stdout.writer();
  } catch {
    // Another user's pipe, or no /proc: the log may block.
  }
  return STANDARD_OUTPUT;
}

/** Drops lines while the descriptor is blocked, and logs their number afterwards. */
export class LogOutput implements LogDestination {
  readonly #fd: number;
  readonly #thread: string;
  readonly #isTerminal: boolean;
  #rest: Uint8Array = new Uint8Array();
  #droppedLines = 0;
  #droppedLinesTotal = 0;

  constructor(fd: number, thread: string) {
    this.#fd = fd;
    this.#thread = thread;
    this.#isTerminal = isatty(fd);
  }

  get droppedLinesTotal(): number {
    return this.#droppedLinesTotal;
  }

  /** Takes a line with its newline. Never throws. */
  write(line: string): void {
    const isBlocked = this.#droppedLines > 0;
    const lines = isBlocked ? [this.#lossLine(), line] : [line];
    const text = Buffer.from(lines.map((each) => this.#shown(each)).join(""));
    const bytes = Buffer.concat([this.#rest, text]);
    const written = this.#writeFor(isBlocked ? 0 : BLOCKED_MS_MAX, bytes);
    if (written <= this.#rest.length) {
      this.#rest = this.#rest.subarray(written);
      this.#droppedLines += 1;
      this.#droppedLinesTotal += 1;
    } else {
      this.#rest = bytes.subarray(written);
      this.#droppedLines = 0;
    }
  }

  #shown(line: string): string {
    // JSON escapes some control characters. The others act on the terminal of who reads the log later.
    return this.#isTerminal
      ? readableLine(line, { colors: Bun.enableANSIColors })
      : printableLines(line);
  }

  #lossLine(): string {
    const fields = { thread: this.#thread, lines: this.#droppedLines };
    const msg = "Log lines dropped: stdout was blocked";
    return `${JSON.stringify({ level: "warn", time: new Date(), ...fields, msg })}\n`;
  }

  #writeFor(msMax: number, bytes: Uint8Array): number {
    const endAtMs = performance.now() + msMax;
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

/** A full disk or a closed terminal is not worth a retry. */
function isBusy(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EAGAIN";
}
