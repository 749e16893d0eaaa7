import type { Socket } from "bun";

export interface CrowdOptions {
  readonly connections: number;
  /** A byte per character. */
  readonly head: string;
  /** Sent repeatedly afterwards. */
  readonly piece?: string;
  readonly pieces?: number;
  /** Whether the responses are left unread. */
  readonly isDeaf?: boolean;
}

/** Connections that send the same bytes. `using` closes them. */
export interface Crowd extends Disposable {
  /** Resolves with the first status of each connection; 0 for one that was closed without a response. */
  readonly statuses: Promise<readonly number[]>;
  /** Resolves when each has sent everything or is closed. */
  readonly sent: Promise<unknown>;
  /** Resolves when the server has closed all of them. */
  readonly closed: Promise<unknown>;
}

interface Member {
  readonly status: PromiseWithResolvers<number>;
  readonly sent: PromiseWithResolvers<void>;
  readonly closed: PromiseWithResolvers<void>;
}

/** Opens connections, each of which sends its bytes as far as the server reads them. */
export function openCrowd(port: number, options: CrowdOptions): Crowd {
  const sockets = new Set<Socket>();
  const members = Array.from(
    { length: options.connections },
    (): Member => ({
      status: Promise.withResolvers<number>(),
      sent: Promise.withResolvers<void>(),
      closed: Promise.withResolvers<void>(),
    }),
  );
  for (const member of members) {
    join(port, { options, member }).then(
      (socket) => sockets.add(socket),
      () => leave(member),
    );
  }
  return {
    statuses: Promise.all(members.map(({ status }) => status.promise)),
    sent: Promise.all(members.map(({ sent }) => sent.promise)),
    closed: Promise.all(members.map(({ closed }) => closed.promise)),
    [Symbol.dispose]() {
      for (const socket of sockets) socket.terminate();
    },
  };
}

async function join(
  port: number,
  { options, member }: { options: CrowdOptions; member: Member },
): Promise<Socket> {
  const { head, piece = "", pieces = 0, isDeaf = false } = options;
  const repeated = Buffer.from(piece, "latin1");
  let rest = Buffer.from(head, "latin1");
  let left = pieces;
  const send = (socket: Socket): void => {
    if (rest.length === 0 && left > 0) {
      rest = repeated;
      left -= 1;
    }
    if (rest.length === 0) return member.sent.resolve();
    const wrote = socket.write(rest);
    if (wrote <= 0) return; // `drain` comes, or `close`.
    rest = rest.subarray(wrote);
    setImmediate(() => send(socket));
  };
  return await Bun.connect({
    hostname: "127.0.0.1",
    port,
    socket: {
      open(socket) {
        if (isDeaf) socket.pause();
        send(socket);
      },
      drain: send,
      data: (_, answer) => member.status.resolve(Number(answer.toString("latin1").slice(9, 12))),
      close: () => leave(member),
      error: () => undefined, // A reset closes it, too.
    },
  });
}

function leave({ status, sent, closed }: Member): void {
  status.resolve(0);
  sent.resolve();
  closed.resolve();
}
