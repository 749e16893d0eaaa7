import { QueueFlowError } from "../errors.ts";
import type { Log } from "../log/log.ts";
import type { buildApp } from "./app.ts";

/** Longer than the deadline of a body, so that a slow one is answered before it is cut, in seconds. */
const IDLE_TIMEOUT_S = 15;

/** Longer than the producer takes to answer for an event whose Redis is away, in milliseconds. */
const STOP_GRACE_MS = 2_000;

/** The part of the runtime's server that stopping needs. */
interface StoppableServer {
  stop(closeActiveConnections: boolean): Promise<void>;
}

/** Where to listen. */
export interface ServeOptions {
  readonly host: string;
  readonly port: number;
  /** Find out first whether another program has the port. */
  readonly probePort: boolean;
  /** Whether that is all right when the other one shares it. */
  readonly mayShare: boolean;
  readonly log: Log;
}

/** A listening server. */
export interface RunningServer {
  /** Accepts no more connections and resolves when every request in flight is answered. */
  readonly stop: () => Promise<void>;
}

/**
 * Listens on a port that the other ingest threads share, through SO_REUSEPORT: the kernel spreads
 * the connections. Bodies are bounded by the routes, which answer in JSON, and not by the runtime.
 *
 * @throws QueueFlowError `port_unavailable`.
 */
export function serveApp(
  app: ReturnType<typeof buildApp>,
  { host, port, probePort, mayShare, log }: ServeOptions,
): RunningServer {
  const shared = probePort && !isFree(host, port);
  if (shared && !mayShare) throw portUnavailable({ host, port });
  try {
    app.listen({
      hostname: host,
      port,
      reusePort: true,
      idleTimeout: IDLE_TIMEOUT_S,
      maxRequestBodySize: Number.MAX_SAFE_INTEGER,
      development: false,
    });
  } catch (error) {
    throw portUnavailable({ host, port, cause: error });
  }
  // The kernel lets processes of one user share a port when all of them ask to.
  if (shared)
    log.warn(
      { port },
      "Another process listens on this port too and takes a share of its requests",
    );
  return { stop: async () => await stopServer(app.server) };
}

/** A request that is not sent whole by then has no answer to lose: its connection is cut. */
async function stopServer(server: StoppableServer | null): Promise<void> {
  if (server === null) return;
  const { promise: grace, resolve } = Promise.withResolvers<"cut">();
  const timer = setTimeout(() => resolve("cut"), STOP_GRACE_MS);
  const outcome = await Promise.race([server.stop(false), grace]);
  clearTimeout(timer);
  // Not awaited: the runtime may keep the promise open although every connection is closed.
  if (outcome === "cut") void server.stop(true);
}

/** Whether nobody listens there; whoever connects meanwhile is turned away, not answered. */
function isFree(hostname: string, port: number): boolean {
  try {
    const probe = Bun.listen({
      hostname,
      port,
      socket: { open: (socket) => socket.terminate(), data: (socket) => socket.terminate() },
    });
    probe.stop(true);
    return true;
  } catch {
    return false;
  }
}

function portUnavailable({ host, port, cause }: { host: string; port: number; cause?: unknown }) {
  const sentence = `Port ${port} on ${host} cannot be listened on: another program has it, or it is below 1024 and needs more rights, or API_HOST is not an address of this machine; set API_PORT to another port`;
  return new QueueFlowError("port_unavailable", sentence, { cause });
}
