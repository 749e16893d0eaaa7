import { type ApiAddress, portProblem, portUnavailable } from "../api-address.ts";
import { withDeadline } from "../async/deadline.ts";
import { wait } from "../async/wait.ts";
import type { Certificate } from "../certificate.ts";
import { errorText, QueueFlowError } from "../errors.ts";
import type { Log } from "../log/log.ts";
import { appsBeingReplaced, type buildApp } from "./app.ts";

/** The runtime rounds a timeout to its ticks, so that a connection may end one earlier. */
const TIMER_TICK_S = 4;

/** Longer than an append takes to fail while Redis is away. */
const STOP_GRACE_MS = 2_000;

/** How long the listener of a renewed certificate asks its clients to leave. */
const RETIRE_MS = 2_000;

export interface ServeOptions {
  readonly address: ApiAddress;
  /** For HTTPS. */
  readonly certificate?: Certificate | undefined;
  /** At least `BODY_DEADLINE_MS`, so that a slow body gets its response. */
  readonly keepAliveMs: number;
  /** Whether to check that no other program listens on the port. */
  readonly probePort: boolean;
  /** Whether to listen even if one does. */
  readonly mayShare: boolean;
  readonly log: Log;
}

type App = ReturnType<typeof buildApp>;
type Server = NonNullable<App["server"]>;

export interface RunningServer {
  /** Uses the certificate for new connections. Open ones and their requests are served to the end. Never throws. */
  readonly renew: (certificate: Certificate) => void;
  /** Resolves when every request in flight has its response. */
  readonly stop: () => Promise<void>;
}

/**
 * Listens on a port that the ingest threads share. The routes limit bodies, since the runtime would refuse large ones without JSON.
 *
 * @throws QueueFlowError `port_unavailable`.
 */
export function serveApp(app: App, options: ServeOptions): RunningServer {
  const { address, certificate, probePort, mayShare, log } = options;
  const taken = probePort ? portProblem(address) : undefined;
  if (taken !== undefined && !mayShare) throw taken;
  const stopping = new AbortController();
  /** The last one takes new connections. */
  const servers = new Set([listen(app, certificate, options)]);
  if (taken !== undefined)
    log.warn(
      { port: address.port },
      "Another process listens on this port too and takes a share of its requests",
    );
  return { renew, stop };

  /** A server of Bun 1.4.5 keeps its certificate, so another one listens beside it, then the old one finishes. */
  function renew(renewed: Certificate): void {
    if (stopping.signal.aborted) return;
    const former = [...servers];
    try {
      servers.add(listen(app, renewed, options));
    } catch (error) {
      const message = "Listening with a renewed TLS certificate failed; restart the engine";
      log.error({ error: errorText(error) }, message);
      return;
    }
    for (const server of former) void retire(server);
  }

  async function retire(server: Server): Promise<void> {
    // Busy clients open other connections; the listener closes idle ones as it ends.
    appsBeingReplaced.add(app);
    await wait(RETIRE_MS, stopping.signal);
    appsBeingReplaced.delete(app);
    await server.stop(false);
    servers.delete(server);
  }

  async function stop(): Promise<void> {
    stopping.abort();
    await Promise.all([...servers].map(stopServer));
  }
}

/** @throws QueueFlowError `port_unavailable`. */
function listen(
  app: App,
  certificate: Certificate | undefined,
  { address, keepAliveMs }: ServeOptions,
): Server {
  const tls = certificate && { cert: certificate.cert, key: certificate.key };
  try {
    app.listen({
      hostname: address.host,
      port: address.port,
      reusePort: true,
      // Starts again with each request, not with each byte. A request line and headers get 12 s, whatever this is.
      idleTimeout: Math.ceil(keepAliveMs / 1_000) + TIMER_TICK_S,
      maxRequestBodySize: Number.MAX_SAFE_INTEGER,
      development: false,
      ...(tls === undefined ? {} : { tls }),
    });
  } catch (error) {
    throw portUnavailable(address, error);
  }
  if (app.server === null) throw new QueueFlowError("internal", "The server did not start");
  return app.server;
}

/** Cuts connections that are still open after `STOP_GRACE_MS`. */
async function stopServer(server: Server): Promise<void> {
  const cut = () => {
    // Not awaited: the promise may stay pending although every connection is closed.
    void server.stop(true);
  };
  await withDeadline(server.stop(false), { deadlineMs: STOP_GRACE_MS, onLate: cut });
}
