import type { Socket } from "bun";
import { eventually } from "./eventually.ts";

export interface IdleConnections extends Disposable {
  /** Resolves when the server has accepted all, or refuses more. */
  untilOpen(): Promise<void>;
}

/** Keeps this many idle connections open, and replaces those that the server closes. `using` closes all. */
export function openIdleConnections(port: number, connections: number): IdleConnections {
  const sockets = new Set<Socket>();
  let isOver = false;
  for (let number = 0; number < connections; number += 1) open();
  return {
    async untilOpen() {
      await eventually(() => {
        if (sockets.size < connections) throw new Error(`${sockets.size} connections are open`);
      });
    },
    [Symbol.dispose]() {
      isOver = true;
      for (const socket of sockets) socket.terminate();
    },
  };

  function open(): void {
    if (isOver) return;
    const connecting = Bun.connect({
      hostname: "127.0.0.1",
      port,
      socket: {
        open: (socket) => {
          sockets.add(socket);
          if (isOver) socket.terminate();
        },
        data: () => undefined,
        close: (socket) => {
          sockets.delete(socket);
          open();
        },
      },
    });
    // Refused while an ingest thread restarts.
    connecting.catch(() => setTimeout(open, 20));
  }
}
