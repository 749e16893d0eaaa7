import { wholeAnswerStatus } from "./http-answer.ts";
import { connectTo, EpollSet, receive, sendAll } from "./libc.ts";

/** Responses of the engine are shorter than 300 bytes. */
const ANSWER_BYTES_MAX = 4_096;

/** A connection with the part of the response that has arrived. */
interface Connection {
  readonly fd: number;
  readonly received: Buffer;
  receivedBytes: number;
  dueMs: number;
}

/** Keep-alive connections with at most one request in flight each. */
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

  /** Whether a connection is free. */
  get hasFree(): boolean {
    return this.#free.length > 0;
  }

  /** Sends a request that was due at this time. */
  send(request: Uint8Array, dueMs: number): void {
    // The one that was idle longest, so that the server closes none.
    const connection = this.#free.shift();
    if (connection === undefined) throw new Error("Every connection has a request in flight");
    connection.dueMs = dueMs;
    sendAll(connection.fd, request);
  }

  /** Waits at most this many nanoseconds for responses. Passes on complete ones, and returns their number. */
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
