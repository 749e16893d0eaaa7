import { withDeadline } from "../async/deadline.ts";
import { QueueFlowError } from "../errors.ts";
import type { Log } from "../log/log.ts";
import type { buildApp } from "./app.ts";

/** Longer than the deadline of a body, so that a slow body gets its response. */
const IDLE_TIMEOUT_S = 15;

/** Longer than an append takes to fail while Redis is away. */
const STOP_GRACE_MS = 2_000;

export interface ServeOptions {
  readonly host: string;
  readonly port: number;
  /** Whether to check that no other program listens on the port. */
  readonly probePort: boolean;
  /** Whether to listen even if one does. */
  readonly mayShare: boolean;
  readonly log: Log;
}

export interface RunningServer {
  /** Resolves when every request in flight has its response. */
  readonly stop: () => Promise<void>;
}

/**
 * Listens on a port that the ingest threads share. The routes limit bodies, since the runtime would refuse large ones without JSON.
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
  if (shared)
    log.warn(
      { port },
      "Another process listens on this port too and takes a share of its requests",
    );
  return { stop: async () => await stopServer(app.server) };
}

/** Cuts connections that are still open after `STOP_GRACE_MS`. */
async function stopServer(server: ReturnType<typeof buildApp>["server"]): Promise<void> {
  if (server === null) return;
  const cut = () => {
    // Not awaited: the promise may stay pending although every connection is closed.
    void server.stop(true);
  };
  await withDeadline(server.stop(false), { deadlineMs: STOP_GRACE_MS, onLate: cut });
}

/** Ends connections that arrive during the check. */
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
