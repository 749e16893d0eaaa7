import type { Socket } from "bun";

/**
 * Bytes on their way into a socket, in order: held back for a while each, and kept as long as the socket,
 * which may not be connected yet, takes no more.
 */
export class Outbox {
  readonly #delayMs: () => number;
  readonly #waiting: { readonly bytes: Buffer; readonly dueMs: number }[] = [];
  #socket: Socket<unknown> | undefined;
  #timer: Timer | undefined;
  #isEnding = false;

  /** `delayMs` is asked once for each piece. */
  constructor(delayMs: () => number, socket?: Socket<unknown>) {
    this.#delayMs = delayMs;
    this.#socket = socket;
  }

  /** Gives it the socket, when it had none. */
  connect(socket: Socket<unknown>): void {
    this.#socket = socket;
    this.flush();
  }

  push(bytes: Buffer): void {
    this.#waiting.push({ bytes, dueMs: performance.now() + this.#delayMs() });
    if (this.#waiting.length === 1) this.flush();
  }

  /** Ends the socket once it has all. */
  end(): void {
    this.#isEnding = true;
    this.flush();
  }

  /** Writes what is due, as far as the socket takes it; to be called when it takes more again. */
  flush(): void {
    clearTimeout(this.#timer);
    const socket = this.#socket;
    if (socket === undefined) return;
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      const leftMs = next.dueMs - performance.now();
      if (leftMs > 0) {
        this.#timer = setTimeout(() => this.flush(), leftMs);
        return;
      }
      const written = Math.max(0, socket.write(next.bytes));
      this.#waiting.shift();
      if (written < next.bytes.length) {
        this.#waiting.unshift({ ...next, bytes: next.bytes.subarray(written) });
        return;
      }
    }
    if (this.#isEnding) socket.end();
  }
}
