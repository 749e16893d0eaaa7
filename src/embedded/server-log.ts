import { appendFileSync, existsSync, renameSync, statSync } from "node:fs";
import { errorText } from "../errors.ts";
import type { Log } from "../log/log.ts";

/** A log file grows to this size, then becomes `<name>.1`; so a server's logs take twice as much at most. */
export const LOG_BYTES_MAX = 4 * 1024 * 1024;

/** How the system calls a full disk, in the words of a server and of the runtime. */
export const DISK_FULL = /No space left on device|ENOSPC/;

/** Lines kept in memory for the message of a failed start. */
const TAIL_LINES = 12;

/**
 * The output of one server, line by line: all of it in a file of bounded size, where one looks when
 * something went wrong at night, and the end of it in memory. A full disk costs the lines, not the
 * engine: it is told once and writing goes on when there is room.
 */
export class ServerLog {
  readonly path: string;
  readonly #log: Log;
  readonly #tail: string[] = [];
  #bytes: number;
  #writable = true;

  constructor(path: string, log: Log) {
    this.path = path;
    this.#log = log;
    this.#bytes = existsSync(path) ? statSync(path).size : 0;
  }

  append(line: string): void {
    this.#tail.push(line);
    if (this.#tail.length > TAIL_LINES) this.#tail.shift();
    try {
      this.#write(`${line}\n`);
      this.#writable = true;
    } catch (thrown) {
      if (this.#writable) {
        this.#log.warn(
          { path: this.path, error: errorText(thrown) },
          "Cannot write a server's log",
        );
      }
      this.#writable = false;
    }
  }

  /** Whether the latest lines say that the disk is full. */
  get saysDiskFull(): boolean {
    return DISK_FULL.test(this.tail());
  }

  /** Forgets the latest lines, so that those of one run do not explain the end of the next. */
  clearTail(): void {
    this.#tail.length = 0;
  }

  /** The latest lines, oldest first, as one text. */
  tail(): string {
    return this.#tail.join("\n");
  }

  #write(text: string): void {
    if (this.#bytes > LOG_BYTES_MAX) {
      renameSync(this.path, `${this.path}.1`);
      this.#bytes = 0;
    }
    appendFileSync(this.path, text, { mode: 0o600 });
    this.#bytes += Buffer.byteLength(text);
  }
}
