import { withDeadline } from "../async/deadline.ts";
import { RESTART_PERIOD_MS, RESTARTS_MAX, RestartIntensity } from "../async/restart-policy.ts";
import { shareInFlight } from "../async/share-in-flight.ts";
import type { ConnectedConfig } from "../config/config.ts";
import type { ErrorRecord } from "../errors.ts";
import type { Log } from "../log/log.ts";
import type { MetricsJson } from "../metrics/metrics-json.ts";
import { registerProcessMetrics, type ThreadStatus } from "../metrics/process-metrics.ts";
import { ThreadMetrics } from "../metrics/thread-metrics.ts";
import type { Role } from "../thread-report.ts";
import { childSpecs } from "./child-specs.ts";
import { ChildThread } from "./child-thread.ts";
import { FileReserve } from "./file-reserve.ts";
import { watchFiles } from "./file-watch.ts";
import { gatherMetrics } from "./gather-metrics.ts";
import { HEARTBEAT_INTERVAL_MS } from "./messages.ts";
import { StartRoom } from "./start-room.ts";

/** What a supervisor needs. `onFatal` is told, once, why the process cannot go on. */
export interface SupervisorOptions {
  readonly config: ConnectedConfig;
  readonly entry: URL;
  readonly log: Log;
  /** Where the threads' logs go. */
  readonly logFd: number;
  /** The engine's, for whoever reads its metrics. */
  readonly version: string;
  /** How many lines of the supervisor's own log were dropped so far. */
  readonly droppedLogLines: () => number;
  readonly onFatal: (error: ErrorRecord) => void;
}

/** More than a thread opens for its loop, for its code while it is loaded, and for its connections to the servers. */
const FILES_A_THREAD = 16;

/** The reverse of the start: first nothing new comes in, then what came in is finished. */
const STOP_ORDER: readonly Role[] = ["ingest", "consumer", "reclaimer"];

/**
 * Starts the threads in order, restarts each on its own when it dies, and stops them in reverse. It
 * knows only messages and names: no Redis, no PostgreSQL, no HTTP.
 */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #children: readonly { role: Role; thread: ChildThread }[];
  readonly #intensity = new RestartIntensity();
  readonly #metrics: ThreadMetrics;
  /** What every thread has counted, this one included. */
  readonly #gather = shareInFlight(async () => await this.#gatherAll(), 0);
  /** As they were at the last gathering. */
  #gatheredThreads: readonly ThreadStatus[] = [];
  #stopping: Promise<"finished" | "forced"> | undefined;
  #failed = false;
  #reporting: Timer | undefined;
  #unwatchFiles: (() => void) | undefined;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    const { config, entry, log, logFd } = options;
    const specs = childSpecs(config);
    const room = new StartRoom({
      reserve: new FileReserve(specs.length * FILES_A_THREAD),
      ingestThreads: () => this.#ingestThreads(),
      log,
    });
    this.#children = specs.map((spec) => ({
      role: spec.role,
      thread: new ChildThread({
        spec,
        config,
        entry,
        log,
        logFd,
        mayRestart: () => this.#mayRestart(),
        onFatal: (error) => this.#fail(error),
        withRoom: async (start) => await room.during(start),
        gather: async () => await this.#gather(),
      }),
    }));
    this.#metrics = new ThreadMetrics("supervisor", options);
    registerProcessMetrics({
      registry: this.#metrics.registry,
      version: options.version,
      threads: () => this.#gatheredThreads,
    });
  }

  /**
   * Starts the threads one after the other; resolves with `ready` when all are, or with `ended` when a
   * stop or a failure came in between.
   */
  async start(): Promise<"ready" | "ended"> {
    if (!this.#hasEnded()) {
      this.#reporting = setInterval(() => this.#reportThreads(), HEARTBEAT_INTERVAL_MS);
      this.#unwatchFiles = watchFiles(this.#options.log);
    }
    for (const { thread } of this.#children) {
      if (this.#hasEnded()) return "ended";
      await thread.start();
      this.#reportThreads();
    }
    return this.#hasEnded() ? "ended" : "ready";
  }

  /**
   * Lets every thread finish what it has in flight, ingest first, and resolves when all are closed;
   * those that are not after `shutdownTimeoutMs` are terminated. Safe at any time, any number of times.
   */
  async stop(): Promise<"finished" | "forced"> {
    this.#stopping ??= this.#stopWithDeadline();
    return await this.#stopping;
  }

  async #stopWithDeadline(): Promise<"finished" | "forced"> {
    const { config, log } = this.#options;
    clearInterval(this.#reporting);
    this.#unwatchFiles?.();
    const outcome = await withDeadline(this.#stopInOrder(), {
      deadlineMs: config.shutdownTimeoutMs,
      onLate: () => "forced" as const,
    });
    if (outcome === "forced") {
      log.error(
        { shutdownTimeoutMs: config.shutdownTimeoutMs },
        "Threads did not finish in time and were terminated; what was unfinished is delivered again",
      );
      for (const { thread } of this.#children) thread.terminate();
    }
    return outcome;
  }

  async #stopInOrder(): Promise<"finished"> {
    for (const role of STOP_ORDER) {
      const ofRole = this.#children.filter((child) => child.role === role);
      await Promise.all(ofRole.map(async ({ thread }) => await thread.stop()));
    }
    return "finished";
  }

  /** Ingest threads answer `GET /health` for the whole process. */
  #reportThreads(): void {
    const threads = this.#children.map(({ thread }) => thread.report());
    for (const thread of this.#ingestThreads()) thread.hear(threads);
  }

  #ingestThreads(): readonly ChildThread[] {
    return this.#children.filter(({ role }) => role === "ingest").map(({ thread }) => thread);
  }

  async #gatherAll(): Promise<readonly MetricsJson[]> {
    const { metrics, threads } = await gatherMetrics(this.#children.map(({ thread }) => thread));
    this.#gatheredThreads = threads;
    return [await this.#metrics.read(), ...metrics];
  }

  #hasEnded(): boolean {
    return this.#stopping !== undefined || this.#failed;
  }

  #mayRestart(): boolean {
    if (this.#hasEnded()) return false;
    if (!this.#intensity.exceededBy(performance.now())) return true;
    this.#fail({
      code: "internal",
      message: `Threads died more than ${RESTARTS_MAX} times in ${RESTART_PERIOD_MS / 1_000} s`,
    });
    return false;
  }

  #fail(error: ErrorRecord): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#options.onFatal(error);
  }
}
