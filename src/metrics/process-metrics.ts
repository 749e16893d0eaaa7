import type { Registry } from "prom-client";
import type { ThreadReport } from "../thread-report.ts";
import { registerCollected } from "./collected.ts";
import { openFiles, openFilesMax, readMemory } from "./process-readings.ts";

export interface ThreadStatus extends ThreadReport {
  /** Whether it runs and sends heartbeats. */
  readonly isUp: boolean;
}

export interface ProcessMetricsOptions {
  readonly registry: Registry;
  readonly version: string;
  readonly threads: () => readonly ThreadStatus[];
}

export function registerProcessMetrics(options: ProcessMetricsOptions): void {
  registerBuildInfo(options);
  registerResources(options);
  registerThreads(options);
}

function registerBuildInfo({ registry, version }: ProcessMetricsOptions): void {
  registerCollected("gauge", registry, {
    name: "queueflow_build_info",
    help: "Always 1; its labels name what runs.",
    labelNames: ["version", "bun"],
    read: () => [[{ version, bun: Bun.version }, 1]],
  });
}

function registerResources({ registry }: ProcessMetricsOptions): void {
  const register = (
    type: "counter" | "gauge",
    name: string,
    { help, read }: { help: string; read: () => number | undefined },
  ) => registerCollected(type, registry, { name, help, read: () => [[{}, read()]] });
  register("counter", "queueflow_process_cpu_seconds_total", {
    help: "Processor time of all threads.",
    read() {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1e6;
    },
  });
  const startedAtSeconds = Date.now() / 1_000 - process.uptime();
  register("gauge", "queueflow_process_start_time_seconds", {
    help: "When the process started, in seconds since 1970.",
    read: () => startedAtSeconds,
  });
  register("gauge", "queueflow_process_resident_memory_bytes", {
    help: "Memory of the process: the heaps of all threads and the runtime's own.",
    read: () => readMemory()?.rss,
  });
  register("gauge", "queueflow_process_open_fds", {
    help: "Open files and sockets.",
    read: openFiles,
  });
  register("gauge", "queueflow_process_max_fds", {
    help: "Limit of open files and sockets.",
    read: openFilesMax,
  });
}

function registerThreads({ registry, threads }: ProcessMetricsOptions): void {
  const register = (
    type: "counter" | "gauge",
    name: string,
    { help, read }: { help: string; read: (thread: ThreadStatus) => number | undefined },
  ) =>
    registerCollected(type, registry, {
      name,
      help,
      labelNames: ["thread"],
      read: () => threads().map((thread) => [{ thread: thread.name }, read(thread)]),
    });
  register("gauge", "queueflow_thread_up", {
    help: "Whether the thread runs and sends heartbeats.",
    read: ({ isUp }) => Number(isUp),
  });
  register("gauge", "queueflow_thread_failing", {
    help: "Whether the last attempt at the thread's work failed.",
    read: ({ error }) => Number(error !== null),
  });
  register("gauge", "queueflow_thread_work_age_seconds", {
    help: "Age of the batch in progress.",
    read: ({ workAgeMs }) => workAgeMs / 1_000,
  });
  register("gauge", "queueflow_thread_last_commit_timestamp_seconds", {
    help: "When the thread last committed a batch, in seconds since 1970.",
    read: ({ lastCommitAt }) =>
      lastCommitAt === null ? undefined : Date.parse(lastCommitAt) / 1_000,
  });
  register("counter", "queueflow_thread_restarts_total", {
    help: "Restarts of the thread.",
    read: ({ restarts }) => restarts,
  });
}
