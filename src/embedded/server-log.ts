import { appendFileSync, existsSync, renameSync, statSync } from "node:fs";
import { errorText } from "../errors.ts";
import type { Log } from "../log/log.ts";

/** At this size the file is renamed to `<name>.1`. */
export const LOG_BYTES_MAX = 4 * 1024 * 1024;

export const DISK_FULL = /No space left on device|ENOSPC/;

const TAIL_LINES = 12;

/** Keeps the output of a server in a file and its last lines in memory. Drops lines while the file is not writable. */
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
          "Server log not writable; dropping lines",
        );
      }
      this.#writable = false;
    }
  }

  get saysDiskFull(): boolean {
    return DISK_FULL.test(this.tail());
  }

  /** Call before each run, so that lines of one do not explain the exit of the next. */
  clearTail(): void {
    this.#tail.length = 0;
  }

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
