/**
 * Ports are drawn from below 32768, where Linux begins to hand out ports for outgoing connections: a
 * server that died gets its own port back, because nobody was given it in the meantime.
 */
const PORT_MIN = 16_384;
const PORT_MAX = 32_767;
const DRAWS_MAX = 100;

/** A random port of 127.0.0.1 that nothing listens on at this moment. */
export function freePort(): number {
  for (let draw = 1; draw < DRAWS_MAX; draw += 1) {
    const port = PORT_MIN + Math.floor(Math.random() * (PORT_MAX - PORT_MIN + 1));
    if (isFree(port)) return port;
  }
  return listenOnce(0);
}

function isFree(port: number): boolean {
  try {
    listenOnce(port);
    return true;
  } catch {
    // Whatever the reason (in use, not allowed), a server could not have it either.
    return false;
  }
}

function listenOnce(port: number): number {
  const listener = Bun.listen({ hostname: "127.0.0.1", port, socket: { data: () => undefined } });
  const bound = listener.port;
  listener.stop(true);
  return bound;
}
