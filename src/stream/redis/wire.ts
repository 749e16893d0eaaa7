import type { Socket } from "node:net";
import { afterDeadline } from "../../async/deadline.ts";
import { ReplyReader } from "./reply-reader.ts";
import type { Reply } from "./resp.ts";

/** How much later than its deadline a call may be found overdue, in milliseconds. */
const SWEEP_INTERVAL_MS = 50;

/** A command that Redis has not answered. */
interface Call {
  readonly overdueAtMs: number;
  readonly settle: PromiseWithResolvers<Reply>;
}

/**
 * One life of a connection to Redis: commands go out as they come, replies come back in their order. When it
 * ends, for whatever reason, all that is in flight fails with that reason. A reply that misses its deadline
 * ends it, since it could otherwise be taken for that of another command.
 */
export class Wire {
  readonly #socket: Socket;
  readonly #onEnd: () => void;
  readonly #calls: Call[] = [];
  readonly #connected = Promise.withResolvers<void>();
  readonly #sweep: Timer;
  readonly #replies = new ReplyReader();
  /** The call that the last sweep found overdue. */
  #overdue: Call | undefined;
  #ended: unknown;

  /** Takes over a socket that is connecting. */
  constructor(socket: Socket, onEnd: () => void) {
    this.#socket = socket;
    this.#onEnd = onEnd;
    this.#sweep = setInterval(() => this.#endOverdue(), SWEEP_INTERVAL_MS);
    this.#connected.promise.catch(() => undefined);
    socket.setNoDelay(true);
    socket.once("encrypted" in socket ? "secureConnect" : "connect", this.#connected.resolve);
    socket.on("data", (bytes: Buffer) => this.#read(bytes));
    socket.on("error", (error) => this.end(error));
    socket.on("close", () => this.end(new Error("The connection is closed")));
  }

  /** Resolves when the connection is made, or ends it. */
  async connected(deadlineMs: number): Promise<void> {
    const cancel = afterDeadline(deadlineMs, () => this.end(new Error("Connecting timed out")));
    try {
      await this.#connected.promise;
    } finally {
      cancel();
    }
  }

  /** Sends a command; resolves with its reply, errors of Redis included. */
  call(command: string, deadlineMs: number): Promise<Reply> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    const settle = Promise.withResolvers<Reply>();
    this.#calls.push({ settle, overdueAtMs: performance.now() + deadlineMs });
    this.#socket.write(command);
    return settle.promise;
  }

  /** Cuts the connection. */
  end(reason: unknown): void {
    if (this.#ended !== undefined) return;
    this.#ended = reason;
    clearInterval(this.#sweep);
    this.#socket.destroy();
    this.#connected.reject(reason);
    for (const { settle } of this.#calls.splice(0)) settle.reject(reason);
    this.#onEnd();
  }

  #read(bytes: Buffer): void {
    this.#replies.add(bytes);
    try {
      for (let reply = this.#replies.next(); reply !== undefined; reply = this.#replies.next()) {
        const call = this.#calls.shift();
        if (call === undefined) throw new Error("A reply came that nobody has asked for");
        call.settle.resolve(reply);
      }
    } catch (error) {
      this.end(error);
    }
  }

  /** Ends the connection only at the second sweep: at the first, the loop may have been late and the reply be in the socket. */
  #endOverdue(): void {
    const [first] = this.#calls;
    const overdue = first && first.overdueAtMs < performance.now() ? first : undefined;
    if (overdue !== undefined && overdue === this.#overdue) {
      this.end(new Error("Command timed out"));
    }
    this.#overdue = overdue;
  }
}
