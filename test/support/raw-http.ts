import { connect } from "node:net";
import { within } from "./within.ts";

/** The response to bytes that no HTTP client would send. */
export interface RawAnswer {
  /** 0 when the server closed the connection without a response. */
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

/** A connection for arbitrary bytes; `using` closes it. */
export interface RawConnection extends Disposable {
  write(text: string): void;
  /** Closes the sending side and keeps reading. */
  endWriting(): void;
  /** Returns the first complete response, or what was received when the server closed the connection. */
  readonly answer: Promise<RawAnswer>;
  readonly closed: Promise<void>;
}

const ANSWER_MS_MAX = 30_000;

export async function openRaw(port: number): Promise<RawConnection> {
  const answered = Promise.withResolvers<RawAnswer>();
  const closed = Promise.withResolvers<void>();
  let received = "";
  const socket = await Bun.connect({
    hostname: "127.0.0.1",
    port,
    socket: {
      data(_, bytes) {
        received += bytes.toString("latin1");
        const answer = wholeAnswer(received);
        if (answer !== undefined) answered.resolve(answer);
      },
      close() {
        answered.resolve(partialAnswer(received));
        closed.resolve();
      },
      error: () => undefined, // A reset closes it, too.
    },
  });
  return {
    write(text) {
      socket.write(Buffer.from(text, "latin1"));
    },
    endWriting() {
      socket.shutdown();
    },
    answer: within(
      ANSWER_MS_MAX,
      answered.promise,
      () => `the server answers; so far: ${received}`,
    ),
    closed: closed.promise,
    [Symbol.dispose]: () => socket.terminate(),
  };
}

/** Sends `text`, a byte per character, and returns the response. */
export async function sendRaw(port: number, text: string): Promise<RawAnswer> {
  using connection = await openRaw(port);
  connection.write(text);
  return await connection.answer;
}

/**
 * Sends all pieces before it reads, as many HTTP clients do, and waits for `untilSeen` after each. The request must end the
 * connection. The status is 0 when the server closed the connection before it had everything.
 */
export async function sendThenRead(
  port: number,
  pieces: readonly string[],
  untilSeen: () => Promise<unknown>,
): Promise<RawAnswer> {
  const socket = connect(port, "127.0.0.1").pause();
  let isBroken = false;
  socket.on("error", () => {
    isBroken = true;
  });
  for (const piece of pieces) {
    socket.write(Buffer.from(piece, "latin1"));
    await untilSeen();
  }
  let received = "";
  if (!isBroken)
    for await (const bytes of socket) received += Buffer.from(bytes).toString("latin1");
  socket.destroy();
  return partialAnswer(received);
}

function wholeAnswer(received: string): RawAnswer | undefined {
  const end = received.indexOf("\r\n\r\n");
  if (end === -1 || /^HTTP\/1\.1 1\d\d /.test(received)) return undefined;
  const answer = partialAnswer(received);
  const length = Number(/^content-length: (\d+)/im.exec(answer.head)?.[1] ?? Number.NaN);
  return answer.body.length >= length ? answer : undefined;
}

function partialAnswer(received: string): RawAnswer {
  const [head = "", body = ""] = received.split(/\r\n\r\n(.*)/s);
  return { status: Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0), head, body };
}
