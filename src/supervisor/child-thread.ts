import { RestartBackoff } from "../async/restart-policy.ts";
import type { Certificate } from "../certificate.ts";
import type { ConnectedConfig } from "../config/config.ts";
import type { ErrorRecord } from "../errors.ts";
import type { Log } from "../log/log.ts";
import type { MetricsJson } from "../metrics/metrics-json.ts";
import type { ThreadStatus } from "../metrics/process-metrics.ts";
import type {
  Role,
  StartState,
  TakenUnits,
  ThreadFigures,
  ThreadReport,
  ThreadState,
} from "../thread-report.ts";
import { type ChildSpec, type FromChild, HEARTBEAT_INTERVAL_MS, type ToChild } from "./messages.ts";
import { ThreadCounts } from "./thread-counts.ts";
import { thrownIn } from "./thread-error.ts";

/** A thread that misses more heartbeats in a row is hung. */
const HEARTBEATS_MISSED_MAX = 10;
/** While a thread starts: loading its code takes long on a busy machine. */
const START_HEARTBEATS_MISSED_MAX = 30;
/** A thread that misses more is reported as down. */
const HEARTBEATS_LATE_MAX = 2;
/** A batch gives up after 10 s; an older one is stuck. */
const WORK_AGE_MS_MAX = 30_000;

const NO_FIGURES: ThreadFigures = { workAgeMs: 0, lastCommitAt: null, error: null };

export interface ChildThreadOptions {
  readonly spec: ChildSpec;
  readonly config: ConnectedConfig;
  readonly entry: URL;
  readonly log: Log;
  readonly logFd: number;
  readonly mayRestart: () => boolean;
  readonly onFatal: (error: ErrorRecord) => void;
  readonly onServers: (state: StartState) => void;
  /** Called at the first start and after each restart. */
  readonly onReady: (thread: ChildThread) => void;
  readonly readMetrics: () => Promise<string>;
  readonly certificate: () => Certificate | undefined;
  /** Passes on what the thread took from its buckets. */
  readonly onTaken: (taken: TakenUnits) => void;
}

/**
 * One thread and its restarts. Any exit without a stop request is unplanned, whatever its code: a thread that fails with an
 * unhandled rejection exits with 0.
 */
export class ChildThread {
  readonly #options: ChildThreadOptions;
  readonly #counts = new ThreadCounts();
  readonly #firstReady = Promise.withResolvers<void>();
  readonly #stopped = Promise.withResolvers<void>();
  readonly #restartBackoff = new RestartBackoff();
  #state: ThreadState = "idle";
  #figures = NO_FIGURES;
  #worker: Worker | undefined;
  #heartbeatCheck: Timer | undefined;
  #restartTimer: Timer | undefined;
  #startedAtMs = 0;
  #heartbeatsMissed = 0;
  #wasStuck = false;
  #restarts = 0;

  constructor(options: ChildThreadOptions) {
    this.#options = options;
  }

  get role(): Role {
    return this.#options.spec.role;
  }

  get name(): string {
    return this.#options.spec.name;
  }

  /** Resolves when the thread is ready for the first time, or was stopped before. */
  async start(): Promise<void> {
    this.#spawn();
    await Promise.race([this.#firstReady.promise, this.#stopped.promise]);
  }

  /** Resolves when the thread has exited. Idempotent. */
  async stop(): Promise<void> {
    if (this.#state === "idle" || this.#state === "waiting") this.#becomeStopped();
    else if (this.#state === "starting" || this.#state === "running") {
      this.#state = "stopping";
      this.#send({ type: "stop" });
    }
    await this.#stopped.promise;
  }

  /** Ends the thread at once, even in an endless loop; unacknowledged entries are delivered again. */
  terminate(): void {
    if (this.#state === "idle" || this.#state === "waiting") this.#becomeStopped();
    if (this.#state !== "stopped") this.#state = "stopping";
    this.#worker?.terminate();
  }

  /** The last commit may be from an earlier run. */
  report(): ThreadReport {
    const { role, name } = this.#options.spec;
    return { role, name, state: this.#state, restarts: this.#restarts, ...this.#figures };
  }

  status(): ThreadStatus {
    return { ...this.report(), isUp: this.#isUp() };
  }

  async metrics(): Promise<readonly MetricsJson[]> {
    return await this.#counts.read({ isCurrent: this.#isUp() });
  }

  sendReports(threads: readonly ThreadReport[]): void {
    if (this.#state === "running") this.#send({ type: "threads", threads });
  }

  sendTaken(taken: TakenUnits): void {
    if (this.#state === "running") this.#send({ type: "taken", taken });
  }

  /** A starting thread may have got the previous one. */
  sendCertificate(certificate: Certificate): void {
    this.#send({ type: "certificate", certificate });
  }

  /** Hands over a port whose other end `peer` has, if both run. */
  sendPort(peer: string, port: MessagePort): void {
    this.#worker?.postMessage({ type: "port", peer, port } satisfies ToChild, [port]);
  }

  get isRunning(): boolean {
    return this.#state === "running";
  }

  #isUp(): boolean {
    return this.#state === "running" && this.#heartbeatsMissed <= HEARTBEATS_LATE_MAX;
  }

  #spawn(): void {
    const { spec, config, entry, logFd } = this.#options;
    this.#state = "starting";
    this.#startedAtMs = performance.now();
    this.#heartbeatsMissed = 0;
    this.#wasStuck = false;
    const worker = new Worker(entry, { name: spec.name });
    this.#worker = worker;
    worker.addEventListener("message", ({ data }: MessageEvent<FromChild>) => this.#receive(data));
    worker.addEventListener("error", ({ message }) => this.#logError(message));
    worker.addEventListener("close", () => this.#exited());
    this.#heartbeatCheck = setInterval(() => this.#checkHeartbeat(), HEARTBEAT_INTERVAL_MS);
    this.#send({
      type: "start",
      spec,
      config,
      restarts: this.#restarts,
      logFd,
      certificate: this.#options.certificate(),
    });
  }

  #send(message: ToChild): void {
    this.#worker?.postMessage(message);
  }

  #receive(message: FromChild): void {
    this.#heartbeatsMissed = 0;
    switch (message.type) {
      case "ready":
        if (this.#state === "starting") {
          this.#state = "running";
          this.#options.onReady(this);
        }
        this.#firstReady.resolve();
        return;
      case "heartbeat":
        this.#setFigures(message);
        this.#counts.take(message.metrics);
        if (message.taken !== undefined) this.#options.onTaken(message.taken);
        this.#checkProgress(message.workAgeMs);
        return;
      case "readMetrics":
        void this.#sendMetrics();
        return;
      case "servers":
        this.#options.onServers(message.state);
        return;
      case "fatal":
        this.#options.onFatal(message.error);
        return;
    }
  }

  async #sendMetrics(): Promise<void> {
    this.#send({ type: "metrics", text: await this.#options.readMetrics() });
  }

  #setFigures({ workAgeMs, lastCommitAt, error, unpackedEvents = null }: ThreadFigures): void {
    const lastAt = lastCommitAt ?? this.#figures.lastCommitAt;
    this.#figures = { workAgeMs, lastCommitAt: lastAt, error, unpackedEvents };
  }

  /** Counts heartbeats and not time, so that a suspended process terminates no thread. */
  #checkHeartbeat(): void {
    this.#heartbeatsMissed += 1;
    const isStarting = this.#state === "starting";
    const missedMax = isStarting ? START_HEARTBEATS_MISSED_MAX : HEARTBEATS_MISSED_MAX;
    if (this.#heartbeatsMissed > missedMax) this.#terminateHung("Thread sends no heartbeats");
  }

  /** Terminates at the second old heartbeat: after a suspension, the reply may not have been read yet. */
  #checkProgress(workAgeMs: number): void {
    const isStuck = workAgeMs > WORK_AGE_MS_MAX;
    if (isStuck && this.#wasStuck) this.#terminateHung("Thread makes no progress");
    this.#wasStuck = isStuck;
  }

  #terminateHung(reason: string): void {
    const { log, spec } = this.#options;
    log.error({ child: spec.name }, `${reason}, terminating it`);
    this.#worker?.terminate();
  }

  #logError(report: string): void {
    const { log, spec } = this.#options;
    log.error({ child: spec.name, error: thrownIn(report) }, "Thread failed");
  }

  #exited(): void {
    clearInterval(this.#heartbeatCheck);
    this.#worker = undefined;
    this.#setFigures(NO_FIGURES);
    this.#counts.endRun();
    if (this.#state === "stopping") this.#becomeStopped();
    else if (this.#state !== "stopped") this.#restartLater();
  }

  #restartLater(): void {
    const { log, spec, mayRestart } = this.#options;
    if (!mayRestart()) return this.#becomeStopped();
    this.#restarts += 1;
    const delayMs = this.#restartBackoff.delayMsAfter(performance.now() - this.#startedAtMs);
    log.warn(
      { child: spec.name, restarts: this.#restarts, delayMs },
      "Thread exited, restarting it",
    );
    this.#state = "waiting";
    this.#restartTimer = setTimeout(() => this.#spawn(), delayMs);
  }

  #becomeStopped(): void {
    clearTimeout(this.#restartTimer);
    this.#state = "stopped";
    this.#stopped.resolve();
  }
}
