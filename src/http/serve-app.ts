import { type ApiAddress, portProblem, portUnavailable } from "../api-address.ts";
import { withDeadline } from "../async/deadline.ts";
import type { Log } from "../log/log.ts";
import type { buildApp } from "./app.ts";

/** The runtime rounds a timeout to its ticks, so that a connection may end one earlier. */
const TIMER_TICK_S = 4;

/** Longer than an append takes to fail while Redis is away. */
const STOP_GRACE_MS = 2_000;

export interface ServeOptions {
  readonly address: ApiAddress;
  /** At least `BODY_DEADLINE_MS`, so that a slow body gets its response. */
  readonly keepAliveMs: number;
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
  { address, keepAliveMs, probePort, mayShare, log }: ServeOptions,
): RunningServer {
  const { host, port } = address;
  const taken = probePort ? portProblem(address) : undefined;
  if (taken !== undefined && !mayShare) throw taken;
  try {
    app.listen({
      hostname: host,
      port,
      reusePort: true,
      // Starts again with each request, not with each byte. A request line and headers get 12 s, whatever this is.
      idleTimeout: Math.ceil(keepAliveMs / 1_000) + TIMER_TICK_S,
      maxRequestBodySize: Number.MAX_SAFE_INTEGER,
      development: false,
    });
  } catch (error) {
    throw portUnavailable(address, error);
  }
  if (taken !== undefined)
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
