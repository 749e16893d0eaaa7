/** Below Linux's ephemeral ports, so that a server gets its port back after a restart. */
const PORT_MIN = 16_384;
const PORT_MAX = 32_767;
const DRAWS_MAX = 100;

export function freePort(): number {
  for (let draw = 1; draw < DRAWS_MAX; draw += 1) {
    const port = PORT_MIN + Math.floor(Math.random() * (PORT_MAX - PORT_MIN + 1));
    if (isFree(port)) return port;
  }
  return listenOnce(0);
}

/** Returns whether a server may listen on the port at the loopback address. */
export function isFree(port: number): boolean {
  try {
    listenOnce(port);
    return true;
  } catch {
    // In use or not allowed.
    return false;
  }
}

function listenOnce(port: number): number {
  const listener = Bun.listen({ hostname: "127.0.0.1", port, socket: { data: () => undefined } });
  const bound = listener.port;
  listener.stop(true);
  return bound;
}
