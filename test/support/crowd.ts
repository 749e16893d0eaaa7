import type { Socket } from "bun";

/** Connections that all send the same. `using` closes those that are left. */
export interface Crowd extends Disposable {
  /** The first status that each got; 0 where the connection ended without one. Resolves when all have got one. */
  readonly statuses: Promise<readonly number[]>;
  /** How many the server has closed. */
  closed(): number;
}

/** Opens `connections`; each sends `bytes` as far as the server reads them, in pieces when `pieceBytes` is given. */
export function openCrowd(
  port: number,
  {
    connections,
    bytes,
    pieceBytes = bytes.length,
  }: { connections: number; bytes: string; pieceBytes?: number },
): Crowd {
  const content = Buffer.from(bytes, "latin1");
  const sockets = new Set<Socket>();
  let closed = 0;
  const statuses = Array.from({ length: connections }, async () => {
    const status = Promise.withResolvers<number>();
    let sent = 0;
    const send = (socket: Socket): void => {
      if (sent >= content.length) return;
      const wrote = socket.write(content.subarray(sent, sent + pieceBytes));
      if (wrote <= 0) return; // `drain` comes, or `close`.
      sent += wrote;
      setImmediate(() => send(socket));
    };
    const socket = await Bun.connect({
      hostname: "127.0.0.1",
      port,
      socket: {
        open: send,
        drain: send,
        data: (_, answer) => status.resolve(Number(answer.toString("latin1").slice(9, 12))),
        close: () => {
          closed += 1;
          status.resolve(0);
        },
        error: () => undefined, // A reset closes it, too.
      },
    });
    sockets.add(socket);
    return await status.promise;
  });
  return {
    statuses: Promise.all(statuses),
    closed: () => closed,
    [Symbol.dispose]() {
      for (const socket of sockets) socket.terminate();
    },
  };
}
