import { withDeadline } from "../async/deadline.ts";
import { RESTART_PERIOD_MS, RESTARTS_MAX, RestartIntensity } from "../async/restart-policy.ts";
import { shareInFlight } from "../async/share-in-flight.ts";
import type { Certificate } from "../certificate.ts";
import type { ConnectedConfig } from "../config/config.ts";
import type { ErrorRecord } from "../errors.ts";
import type { ThreadLog } from "../log/thread-log.ts";
import { metricsText } from "../metrics/metrics-json.ts";
import { registerProcessMetrics } from "../metrics/process-metrics.ts";
import { ThreadMetrics } from "../metrics/thread-metrics.ts";
import type { StartState, TakenUnits } from "../thread-report.ts";
import { watchCertificate } from "./certificate-watch.ts";
import { childSpecs } from "./child-specs.ts";
import { ChildThread } from "./child-thread.ts";
import { watchFiles } from "./file-watch.ts";
import { joinThreads } from "./join-threads.ts";
import { HEARTBEAT_INTERVAL_MS } from "./messages.ts";

/** Bounds the share of time spent adding up metrics. */
const METRICS_PAUSE_MS = 100;

/** Accept nothing new, then finish what was accepted. */
const STOP_ORDER = ["ingest", "report", "consumer", "packer", "reclaimer"] as const;

export interface SupervisorOptions {
  readonly config: ConnectedConfig;
  /** Present with `config.tlsFiles`. */
  readonly certificate?: Certificate | undefined;
  readonly entry: URL;
  readonly log: ThreadLog;
  readonly logFd: number;
  readonly version: string;
  /** Called once, when the process cannot go on. */
  readonly onFatal: (error: ErrorRecord) => void;
  /** Called after each attempt to prepare Redis and PostgreSQL. */
  readonly onServers: (state: StartState) => void;
}

/** Starts the threads in order, restarts each one that fails, and stops them in reverse. */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #threads: readonly ChildThread[];
  readonly #intensity = new RestartIntensity();
  readonly #metrics: ThreadMetrics;
  #stopping: Promise<"finished" | "forced"> | undefined;
  #failed = false;
  #reporting: Timer | undefined;
  #unwatchFiles: (() => void) | undefined;
  #unwatchCertificate: (() => void) | undefined;
  /** The last good one: a thread that restarts during a broken renewal needs it. */
  #certificate: Certificate | undefined;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#certificate = options.certificate;
    const { config, entry, log, logFd, version, onServers } = options;
    const readMetrics = shareInFlight(async () => await this.#readMetrics(), METRICS_PAUSE_MS);
    const mayRestart = () => this.#mayRestart();
    const onFatal = (error: ErrorRecord) => this.#fail(error);
    this.#threads = childSpecs(config).map(
      (spec) =>
        new ChildThread({
          spec,
          config,
          entry,
          log,
          logFd,
          mayRestart,
          onFatal,
          onServers,
          readMetrics,
          certificate: () => this.#certificate,
          onReady: (ready) => joinThreads(ready, this.#threads),
          onTaken: (taken) => this.#passOn(taken, spec.name),
        }),
    );
    this.#metrics = new ThreadMetrics("supervisor", log);
    const threads = () => this.#threads.map((thread) => thread.status());
    registerProcessMetrics({ registry: this.#metrics.registry, version, threads });
  }

  async start(): Promise<"ready" | "ended"> {
    if (!this.#hasEnded()) {
      this.#reporting = setInterval(() => this.#reportThreads(), HEARTBEAT_INTERVAL_MS);
      this.#unwatchFiles = watchFiles(this.#options.log);
      this.#watchCertificate();
    }
    for (const thread of this.#threads) {
      if (this.#hasEnded()) return "ended";
      await thread.start();
      this.#reportThreads();
    }
    return this.#hasEnded() ? "ended" : "ready";
  }

  /** Lets the threads finish what is in flight; terminates them after `shutdownTimeoutMs`. Idempotent. */
  async stop(): Promise<"finished" | "forced"> {
    this.#stopping ??= this.#stopWithDeadline();
    return await this.#stopping;
  }

  async #stopWithDeadline(): Promise<"finished" | "forced"> {
    clearInterval(this.#reporting);
    this.#unwatchFiles?.();
    this.#unwatchCertificate?.();
    return await withDeadline(this.#stopInOrder(), {
      deadlineMs: this.#options.config.shutdownTimeoutMs,
      onLate: () => this.#forceStop(),
    });
  }

  async #stopInOrder(): Promise<"finished"> {
    for (const role of STOP_ORDER) {
      const ofRole = this.#threads.filter((thread) => thread.role === role);
      await Promise.all(ofRole.map(async (thread) => await thread.stop()));
    }
    return "finished";
  }

  #forceStop(): "forced" {
    const { config, log } = this.#options;
    log.error(
      { shutdownTimeoutMs: config.shutdownTimeoutMs },
      "Threads did not finish in time and were terminated; unfinished entries are delivered again",
    );
    for (const thread of this.#threads) thread.terminate();
    return "forced";
  }

  #watchCertificate(): void {
    const { log, config, certificate } = this.#options;
    if (config.tlsFiles === undefined || certificate === undefined) return;
    this.#unwatchCertificate = watchCertificate({
      files: config.tlsFiles,
      certificate,
      log,
      onRenewed: (renewed) => {
        this.#certificate = renewed;
        for (const thread of this.#threads) {
          if (thread.role === "ingest") thread.sendCertificate(renewed);
        }
      },
    });
  }

  /** Ingest threads serve `GET /health` for the whole process. */
  #reportThreads(): void {
    const reports = this.#threads.map((thread) => thread.report());
    for (const thread of this.#threads) if (thread.role === "ingest") thread.sendReports(reports);
  }

  /** At once, so that threads know of each other's takings after a heartbeat. */
  #passOn(taken: TakenUnits, from: string): void {
    for (const thread of this.#threads) {
      if (thread.role === "ingest" && thread.name !== from) thread.sendTaken(taken);
    }
  }

  async #readMetrics(): Promise<string> {
    const own = this.#metrics.read();
    const ofThreads = this.#threads.map(async (thread) => await thread.metrics());
    return await metricsText([await own, ...(await Promise.all(ofThreads)).flat()]);
  }

  #hasEnded(): boolean {
    return this.#stopping !== undefined || this.#failed;
  }

  #mayRestart(): boolean {
    if (this.#hasEnded()) return false;
    if (!this.#intensity.exceededBy(performance.now())) return true;
    const message = `Threads failed more than ${RESTARTS_MAX} times in ${RESTART_PERIOD_MS / 1_000} s`;
    this.#fail({ code: "internal", message });
    return false;
  }

  #fail(error: ErrorRecord): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#options.onFatal(error);
  }
}
