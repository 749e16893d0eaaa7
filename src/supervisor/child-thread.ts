import { RestartBackoff } from "../async/restart-policy.ts";
import type { ConnectedConfig } from "../config/config.ts";
import type { ErrorRecord } from "../errors.ts";
import type { Log } from "../log/log.ts";
import type { MetricsJson } from "../metrics/metrics-json.ts";
import type { ThreadFigures, ThreadReport, ThreadState } from "../thread-report.ts";
import { type ChildSpec, type FromChild, HEARTBEAT_INTERVAL_MS, type ToChild } from "./messages.ts";
import { ThreadCounts } from "./thread-counts.ts";
import { thrownIn } from "./thread-error.ts";

/** A thread is hung when it misses this many heartbeats in a row. */
const HEARTBEATS_MISSED_MAX = 10;
/** A thread that starts has all of its code to load, which takes long on a machine that does much else. */
const START_HEARTBEATS_MISSED_MAX = 30;
/** Work that a thread has had in hand for longer is stuck: a batch gives itself up after 10 s. */
const WORK_AGE_MS_MAX = 30_000;

/** What a child needs of its supervisor. */
export interface ChildThreadOptions {
  readonly spec: ChildSpec;
  readonly config: ConnectedConfig;
  /** The entry of every thread; computed in `main.ts`, as `bun build --compile` demands. */
  readonly entry: URL;
  readonly log: Log;
  /** Where the thread's own log goes. */
  readonly logFd: number;
  /** Asked before every restart; `false` means that there will be none. */
  readonly mayRestart: () => boolean;
  readonly onFatal: (error: ErrorRecord) => void;
  /** Runs what starts the thread, now or when there is room for one more; it resolves when the thread has settled. */
  readonly withRoom: (start: () => Promise<void>) => Promise<void>;
  /** Asked when the thread wants the metrics of all threads. */
  readonly gather: () => Promise<readonly MetricsJson[]>;
}

/**
 * One thread and its restarts. It goes from `idle` to `starting`, with the thread's first word to `running`,
 * on an unplanned close to `waiting` and after the backoff to `starting` again, and from anywhere to
 * `stopping` and `stopped`. A close is unplanned unless a stop was asked for, whatever its code: a
 * thread that dies of an unhandled rejection closes with 0.
 */
export class ChildThread {
  /** What it has counted, in all its lives. */
  readonly counts: ThreadCounts = new ThreadCounts();
  readonly #options: ChildThreadOptions;
  readonly #firstReady = Promise.withResolvers<void>();
  readonly #stopped = Promise.withResolvers<void>();
  readonly #restartBackoff = new RestartBackoff();
  #state: ThreadState = "idle";
  #figures: ThreadFigures = { workAgeMs: 0, lastCommitAt: null, error: null };
  #worker: Worker | undefined;
  /** Settles with the first heartbeat of a life, by when it has opened its connections, or with its end. */
  #settled = Promise.withResolvers<void>();
  /** Who waits for it to stand still. */
  #awaitedHold: PromiseWithResolvers<void> | undefined;
  /** Who waits for the next heartbeat; they hear whether it came. */
  #awaitedBeat: PromiseWithResolvers<boolean> | undefined;
  #watch: Timer | undefined;
  #backoff: Timer | undefined;
  #startedAtMs = 0;
  #heartbeatsMissed = 0;
  /** Whether the work was too old at the last heartbeat. */
  #wasStuck = false;
  #restarts = 0;

  constructor(options: ChildThreadOptions) {
    this.#options = options;
  }

  /** Starts the thread; resolves when it is ready for the first time, or stopped before it was. */
  async start(): Promise<void> {
    void this.#spawnWithRoom();
    await Promise.race([this.#firstReady.promise, this.#stopped.promise]);
  }

  /** Asks the thread to finish and resolves when it has closed. Safe at any time, any number of times. */
  async stop(): Promise<void> {
    if (this.#state === "idle" || this.#state === "waiting") this.#becomeStopped();
    else if (this.#state === "starting" || this.#state === "running") {
      this.#state = "stopping";
      this.#send({ type: "stop" });
    }
    await this.#stopped.promise;
  }

  /** Whether it does its work. */
  get isRunning(): boolean {
    return this.#state === "running";
  }

  /** What is known of the thread now; its last commit may be one of an earlier life. */
  report(): ThreadReport {
    const { role, name } = this.#options.spec;
    return { role, name, state: this.#state, restarts: this.#restarts, ...this.#figures };
  }

  /** Tells the thread, if it runs, how all threads are. */
  hear(threads: readonly ThreadReport[]): void {
    if (this.#state === "running") this.#send({ type: "threads", threads });
  }

  /** Wants a heartbeat now. Answers whether it came: not from a thread that does not run, or dies before. */
  async askToBeat(): Promise<boolean> {
    if (this.#state !== "running") return false;
    this.#awaitedBeat ??= Promise.withResolvers<boolean>();
    this.#send({ type: "beat" });
    return await this.#awaitedBeat.promise;
  }

  /**
   * Lets the thread stand still until the gate is open, for `holdMsMax` at most. Resolves when it does, or does not
   * run; one that is busy may not come to it before.
   */
  async hold(gate: Int32Array, holdMsMax: number): Promise<void> {
    if (this.#state !== "running") return;
    this.#awaitedHold ??= Promise.withResolvers<void>();
    this.#send({ type: "hold", gate, holdMsMax });
    await this.#awaitedHold.promise;
  }

  /** Ends the thread at once, also one that spins; what it had not acknowledged is delivered again. */
  terminate(): void {
    if (this.#state === "idle" || this.#state === "waiting") this.#becomeStopped();
    if (this.#state !== "stopped") this.#state = "stopping";
    this.#worker?.terminate();
  }

  async #spawnWithRoom(): Promise<void> {
    await this.#options.withRoom(async () => {
      // A stop may have come while there was no room.
      if (this.#state !== "idle" && this.#state !== "waiting") return;
      this.#spawn();
      await this.#settled.promise;
    });
  }

  #spawn(): void {
    const { spec, config, entry, logFd } = this.#options;
    this.#state = "starting";
    this.#startedAtMs = performance.now();
    this.#heartbeatsMissed = 0;
    this.#wasStuck = false;
    this.#settled = Promise.withResolvers<void>();
    const worker = new Worker(entry, { name: spec.name });
    this.#worker = worker;
    worker.addEventListener("message", ({ data }: MessageEvent<FromChild>) => this.#receive(data));
    worker.addEventListener("error", ({ message }) => this.#reportError(message));
    worker.addEventListener("close", () => this.#closed());
    this.#watch = setInterval(() => this.#checkHeartbeat(), HEARTBEAT_INTERVAL_MS);
    this.#send({ type: "start", spec, config, restarts: this.#restarts, logFd });
  }

  #send(message: ToChild): void {
    this.#worker?.postMessage(message);
  }

  #receive(message: FromChild): void {
    this.#heartbeatsMissed = 0;
    switch (message.type) {
      case "ready":
        if (this.#state === "starting") this.#state = "running";
        this.#firstReady.resolve();
        return;
      case "heartbeat":
        this.#noteFigures(message);
        this.counts.take(message.metrics);
        this.#settleBeat(true);
        this.#settled.resolve();
        this.#checkProgress(message.workAgeMs);
        return;
      case "gather":
        void this.#tellMetrics();
        return;
      case "held":
        this.#settleHold();
        return;
      case "fatal":
        this.#options.onFatal(message.error);
        return;
    }
  }

  async #tellMetrics(): Promise<void> {
    this.#send({ type: "gathered", metrics: await this.#options.gather() });
  }

  #settleBeat(came: boolean): void {
    this.#awaitedBeat?.resolve(came);
    this.#awaitedBeat = undefined;
  }

  #settleHold(): void {
    this.#awaitedHold?.resolve();
    this.#awaitedHold = undefined;
  }

  #noteFigures({ workAgeMs, lastCommitAt, error }: ThreadFigures): void {
    this.#figures = { workAgeMs, lastCommitAt: lastCommitAt ?? this.#figures.lastCommitAt, error };
  }

  /** Counts beats and not time, so that a process that was itself suspended ends nobody. */
  #checkHeartbeat(): void {
    this.#heartbeatsMissed += 1;
    const isStarting = this.#state === "starting";
    const missedMax = isStarting ? START_HEARTBEATS_MISSED_MAX : HEARTBEATS_MISSED_MAX;
    if (this.#heartbeatsMissed > missedMax) this.#endHung("Thread sends no heartbeats");
  }

  /** Ends a thread at the second such heartbeat: after a suspension the answer that its work waits for may not be read yet. */
  #checkProgress(workAgeMs: number): void {
    const isStuck = workAgeMs > WORK_AGE_MS_MAX;
    if (isStuck && this.#wasStuck) this.#endHung("Thread makes no progress");
    this.#wasStuck = isStuck;
  }

  #endHung(sentence: string): void {
    const { log, spec } = this.#options;
    log.error({ child: spec.name }, `${sentence}, terminating it`);
    this.#worker?.terminate();
  }

  #reportError(message: string): void {
    const error = thrownIn(message);
    this.#options.log.error({ child: this.#options.spec.name, error }, "Thread failed");
  }

  #closed(): void {
    clearInterval(this.#watch);
    this.#worker = undefined;
    this.#noteFigures({ workAgeMs: 0, lastCommitAt: null, error: null });
    this.counts.endLife();
    this.#settleBeat(false);
    this.#settleHold();
    this.#settled.resolve();
    if (this.#state === "stopping") this.#becomeStopped();
    else if (this.#state !== "stopped") this.#restartLater();
  }

  #restartLater(): void {
    const { log, spec, mayRestart } = this.#options;
    if (!mayRestart()) return this.#becomeStopped();
    const livedMs = performance.now() - this.#startedAtMs;
    this.#restarts += 1;
    const delayMs = this.#restartBackoff.delayMsAfter(livedMs);
    log.warn({ child: spec.name, restarts: this.#restarts, delayMs }, "Thread died, restarting it");
    this.#state = "waiting";
    this.#backoff = setTimeout(() => void this.#spawnWithRoom(), delayMs);
  }

  #becomeStopped(): void {
    clearTimeout(this.#backoff);
    this.#state = "stopped";
    this.#stopped.resolve();
  }
}
