import { wholeAnswerStatus } from "./http-answer.ts";
import { connectTo, EpollSet, receive, sendAll } from "./libc.ts";

/** An answer of the engine has under 300 bytes. */
const ANSWER_BYTES_MAX = 4_096;

/** A connection, with what has come of the answer to its request. */
interface Connection {
  readonly fd: number;
  readonly received: Buffer;
  receivedBytes: number;
  dueMs: number;
}

/** Keep-alive connections with at most one request in flight on each. */
export class Connections {
  readonly #all: readonly Connection[];
  readonly #free: Connection[];
  readonly #epoll: EpollSet;

  constructor(port: number, count: number) {
    this.#all = Array.from({ length: count }, () => ({
      fd: connectTo(port),
      received: Buffer.alloc(ANSWER_BYTES_MAX),
      receivedBytes: 0,
      dueMs: 0,
    }));
    this.#free = [...this.#all];
    this.#epoll = new EpollSet(this.#all.map(({ fd }) => fd));
  }

  /** Whether a request could be sent now. */
  get hasFree(): boolean {
    return this.#free.length > 0;
  }

  /** Sends a request that was due at this time, on a connection that is free. */
  send(request: Uint8Array, dueMs: number): void {
    // The one that has rested longest, so that none rests until the server closes it.
    const connection = this.#free.shift();
    if (connection === undefined) throw new Error("Every connection has a request in flight");
    connection.dueMs = dueMs;
    sendAll(connection.fd, request);
  }

  /** Waits for answers for so many nanoseconds at most, passes on those that are whole, and answers their number. */
  receive(timeoutNs: number, onAnswer: (status: number, dueMs: number) => void): number {
    let answers = 0;
    const ready = this.#epoll.wait(timeoutNs);
    for (let i = 0; i < ready; i += 1) {
      const connection = this.#all[this.#epoll.place(i)];
      const status = connection && readAnswer(connection);
      if (connection === undefined || status === undefined) continue;
      this.#free.push(connection);
      onAnswer(status, connection.dueMs);
      answers += 1;
    }
    return answers;
  }
}

function readAnswer(connection: Connection): number | undefined {
  const { fd, received, receivedBytes } = connection;
  const bytes = receive(fd, received.subarray(receivedBytes));
  if (bytes <= 0) throw new Error("The server has closed a connection");
  connection.receivedBytes += bytes;
  const status = wholeAnswerStatus(received.subarray(0, connection.receivedBytes));
  if (status !== undefined) connection.receivedBytes = 0;
  return status;
}
