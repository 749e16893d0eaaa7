import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";

const PROBE_MS_MAX = 1_000;

/** Tries the scheme that `url` does not have. Returns the correction if Redis replies. Sends no credentials. Never rejects. */
export async function tlsMismatch(url: string): Promise<string | undefined> {
  const { protocol, hostname, port } = new URL(url);
  if (protocol !== "redis:" && protocol !== "rediss:") return undefined;
  const address = { host: hostname.replace(/^\[|\]$/g, ""), port: Number(port || 6_379) };
  if (protocol === "rediss:") {
    const isPlain = await succeeds(connect(address), ({ socket, settle }) => {
      socket.once("connect", () => socket.write("PING\r\n"));
      // +PONG, or an error such as -NOAUTH.
      socket.once("data", (bytes) => settle(/^[+-]/.test(bytes.toString("latin1"))));
    });
    return isPlain ? "it does not speak TLS: use redis:// in REDIS_URL" : undefined;
  }
  // No data is sent, so the certificate does not matter.
  const tls = connectTls({ ...address, rejectUnauthorized: false });
  const isTls = await succeeds(tls, ({ socket, settle }) =>
    socket.once("secureConnect", () => settle(true)),
  );
  return isTls ? "it expects TLS: use rediss:// in REDIS_URL" : undefined;
}

async function succeeds(
  socket: Socket,
  probe: (options: {
    readonly socket: Socket;
    readonly settle: (success: boolean) => void;
  }) => unknown,
): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  socket.on("error", () => resolve(false));
  socket.on("close", () => resolve(false));
  const timer = setTimeout(() => resolve(false), PROBE_MS_MAX);
  probe({ socket, settle: resolve });
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
}
