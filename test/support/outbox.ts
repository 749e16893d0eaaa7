import type { Socket } from "bun";

/** Writes bytes to a socket in order, each piece after a delay. Buffers them until the socket is connected and writable. */
export class Outbox {
  readonly #delayMs: () => number;
  readonly #waiting: { readonly bytes: Buffer; readonly dueMs: number }[] = [];
  #socket: Socket<unknown> | undefined;
  #timer: Timer | undefined;
  #isEnding = false;

  /** Calls `delayMs` once for each piece. */
  constructor(delayMs: () => number, socket?: Socket<unknown>) {
    this.#delayMs = delayMs;
    this.#socket = socket;
  }

  /** Sets the socket, if it was opened without one. */
  connect(socket: Socket<unknown>): void {
    this.#socket = socket;
    this.flush();
  }

  push(bytes: Buffer): void {
    this.#waiting.push({ bytes, dueMs: performance.now() + this.#delayMs() });
    if (this.#waiting.length === 1) this.flush();
  }

  /** Ends the socket after the last byte. */
  end(): void {
    this.#isEnding = true;
    this.flush();
  }

  /** Writes the pieces that are due. Call it when the socket is writable again. */
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
