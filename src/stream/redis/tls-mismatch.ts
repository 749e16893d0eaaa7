import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";

const PROBE_MS_MAX = 1_000;

/**
 * Connects without TLS when `url` asks for TLS, and with TLS otherwise. Returns a sentence when Redis replies that way, which explains
 * why the configured way fails; else undefined. Sends no credentials. Never rejects.
 */
export async function tlsMismatch(url: string): Promise<string | undefined> {
  const { protocol, hostname, port } = new URL(url);
  const address = { host: hostname.replace(/^\[|\]$/g, ""), port: Number(port || 6_379) };
  if (protocol === "rediss:") {
    const isPlain = await isMet(connect(address), ({ socket, met }) => {
      socket.once("connect", () => socket.write("PING\r\n"));
      // +PONG, or an error such as -NOAUTH.
      socket.once("data", (bytes) => met(/^[+-]/.test(bytes.toString("latin1"))));
    });
    return isPlain ? "it does not speak TLS: use redis:// in REDIS_URL" : undefined;
  }
  // The certificate does not matter: the connection carries nothing.
  const tls = connectTls({ ...address, rejectUnauthorized: false });
  const isTls = await isMet(tls, ({ socket, met }) =>
    socket.once("secureConnect", () => met(true)),
  );
  return isTls ? "it expects TLS: use rediss:// in REDIS_URL" : undefined;
}

/** Whether `watch` reports success before the socket closes or `PROBE_MS_MAX` is over. */
async function isMet(
  socket: Socket,
  watch: (probe: { readonly socket: Socket; readonly met: (isMet: boolean) => void }) => unknown,
): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  socket.on("error", () => resolve(false));
  socket.on("close", () => resolve(false));
  const timer = setTimeout(() => resolve(false), PROBE_MS_MAX);
  watch({ socket, met: resolve });
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
}
