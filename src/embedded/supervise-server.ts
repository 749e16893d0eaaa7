import { dirname } from "node:path";
import { RESTARTS_MAX, RestartBackoff, RestartIntensity } from "../async/restart-policy.ts";
import { wait } from "../async/wait.ts";
import { errorText, QueueFlowError } from "../errors.ts";
import type { Log, LogFields } from "../log/log.ts";
import type { ServerLog } from "./server-log.ts";
import { type ServerProcess, type ServerSpec, spawnServer } from "./server-process.ts";

/** Loading a large append-only file takes minutes. */
const START_TIMEOUT_MS = 300_000;

export interface StartOptions {
  readonly dataDir: string;
  readonly programsDir?: string;
  /** Listens on loopback ports instead of sockets, for tests whose proxies and other programs need them. */
  readonly usesPorts?: boolean;
  readonly log: Log;
  /** Called once, when the server is no longer restarted. */
  readonly onFatal: (error: QueueFlowError) => void;
  readonly signal: AbortSignal;
}

export interface Supervision extends Omit<StartOptions, "dataDir" | "programsDir" | "usesPorts"> {
  readonly output: ServerLog;
}

export interface StartedServer extends SupervisedServer {
  /** Contains the password. */
  readonly url: string;
  readonly version: string;
}

export interface SupervisedServer {
  /** Idempotent. Resolves when the process has exited. */
  stop(): Promise<void>;
}

/**
 * Resolves when the server accepts connections. Whenever it exits later, restarts it at the same address after a growing delay.
 *
 * @throws QueueFlowError `embedded_server_failed` with the last lines of its log.
 */
export async function superviseServer(
  spec: ServerSpec,
  { output, log, onFatal, signal }: Supervision,
): Promise<SupervisedServer> {
  const stopping = new AbortController();
  let current = await startFirst(spec, { output, signal });
  log.info({ server: spec.name, pid: current.pid }, "Embedded server ready");
  const supervision = keepRunning();

  async function keepRunning(): Promise<void> {
    const intensity = new RestartIntensity();
    const backoff = new RestartBackoff();
    let startedAtMs = performance.now();
    let how = await current.exit;
    while (!stopping.signal.aborted) {
      if (intensity.exceededBy(performance.now())) {
        onFatal(failure(spec, `exited ${RESTARTS_MAX + 1} times in a minute (${how})`, output));
        return;
      }
      const waitMs = backoff.delayMsAfter(performance.now() - startedAtMs);
      const fields = { server: spec.name, how, waitMs, logFile: output.path };
      logExit(fields, output, log);
      await wait(waitMs, stopping.signal);
      if (stopping.signal.aborted) return;
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
      log.info({ server: spec.name, pid: run.pid }, "Embedded server recovered");
    }
    return run.exit;
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
  const sentence = "Embedded server exited; restarting";
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
  const stop = () => void server.stop(); // `start` then resolves with "exited".
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
