import { dirname } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { RESTARTS_MAX, RestartBackoff, RestartIntensity } from "../async/restart-policy.ts";
import { errorText, QueueFlowError } from "../errors.ts";
import type { Log, LogFields } from "../log/log.ts";
import type { ServerLog } from "./server-log.ts";
import { type ServerProcess, type ServerSpec, spawnServer } from "./server-process.ts";

/** A start that is not ready by then has failed. Loading a large append-only file takes minutes. */
const START_TIMEOUT_MS = 300_000;

/** What the start of either server needs. */
export interface StartOptions {
  readonly dataDir: string;
  readonly log: Log;
  /** Called once, when the server cannot be kept running; it is down then and stays so. */
  readonly onFatal: (error: QueueFlowError) => void;
  /** Aborting it while the server starts ends the start. */
  readonly signal: AbortSignal;
}

/** What a supervised server needs besides its spec. */
export interface Supervision extends Omit<StartOptions, "dataDir"> {
  readonly output: ServerLog;
}

/** A server that accepts connections; the URL holds its password. */
export interface StartedServer extends SupervisedServer {
  readonly url: string;
  readonly version: string;
}

/** A server that is started again whenever it ends unasked, until it is stopped. */
export interface SupervisedServer {
  /** Stops the server and its supervision; idempotent, and resolves when the process is gone. */
  stop(): Promise<void>;
}

/**
 * Starts a server, and resolves when it accepts connections. From then on an unplanned end starts it
 * again with the same spec, so on the same port, after a growing delay.
 *
 * @throws QueueFlowError `embedded_server_failed` with the server's last lines when the start fails.
 */
export async function superviseServer(
  spec: ServerSpec,
  { output, log, onFatal, signal }: Supervision,
): Promise<SupervisedServer> {
  const stopping = new AbortController();
  let current = await startFirst(spec, { output, signal });
  log.info({ server: spec.name, pid: current.pid }, "An embedded server is ready");
  const supervision = keepRunning();

  async function keepRunning(): Promise<void> {
    const intensity = new RestartIntensity();
    const backoff = new RestartBackoff();
    let startedAtMs = performance.now();
    let how = await current.end;
    while (!stopping.signal.aborted) {
      if (intensity.exceededBy(performance.now())) {
        onFatal(failure(spec, `ended ${RESTARTS_MAX + 1} times in a minute (${how})`, output));
        return;
      }
      const waitMs = backoff.delayMsAfter(performance.now() - startedAtMs);
      const fields = { server: spec.name, how, waitMs, logFile: output.path };
      logExit(fields, output, log);
      if (!(await waited(waitMs, stopping.signal))) return;
      startedAtMs = performance.now();
      how = await runAgain();
    }
  }

  async function runAgain(): Promise<string> {
    output.clearTail();
    try {
      current = spawnServer(spec, output);
    } catch (thrown) {
      return errorText(thrown);
    }
    const run = current;
    if ((await run.start) === "ready") {
      log.info({ server: spec.name, pid: run.pid }, "An embedded server is ready again");
    }
    return run.end;
  }

  return {
    async stop() {
      stopping.abort();
      await current.stop();
      await supervision;
    },
  };
}

function logExit(fields: LogFields, output: ServerLog, log: Log): void {
  const sentence = "An embedded server ended unasked and is started again";
  if (!output.saysDiskFull) {
    log.warn(fields, sentence);
    return;
  }
  const remedy = `Free space on the disk of ${dirname(output.path)}`;
  log.error({ ...fields, error: "No space left on device", remedy }, sentence);
}

async function startFirst(
  spec: ServerSpec,
  { output, signal }: Pick<Supervision, "output" | "signal">,
): Promise<ServerProcess> {
  signal.throwIfAborted();
  const server = spawnServer(spec, output);
  const cut = AbortSignal.any([signal, AbortSignal.timeout(START_TIMEOUT_MS)]);
  const stop = () => void server.stop(); // Never rejects; `start` tells that it ended.
  cut.addEventListener("abort", stop);
  const outcome = await server.start;
  cut.removeEventListener("abort", stop);
  if (outcome === "ready" && !cut.aborted) return server;
  const how = await server.stop();
  signal.throwIfAborted();
  throw failure(spec, cut.aborted ? "took too long to start" : `did not start (${how})`, output);
}

function failure(spec: ServerSpec, what: string, output: ServerLog): QueueFlowError {
  const text = `The embedded ${spec.name} server ${what}; see ${output.path}. Its last lines:\n${output.tail()}`;
  return new QueueFlowError("embedded_server_failed", text);
}

/** Whether the wait came to its end, rather than to an abort. */
async function waited(waitMs: number, signal: AbortSignal): Promise<boolean> {
  return delay(waitMs, true, { signal }).catch(() => false);
}
