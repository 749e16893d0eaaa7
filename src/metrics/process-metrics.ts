import { Counter, Gauge, type Registry } from "prom-client";
import type { ThreadReport } from "../thread-report.ts";
import { openFiles, openFilesMax } from "./open-files.ts";
import { readMemory } from "./read-memory.ts";

/** A thread as its supervisor knows it, and whether it runs and sends heartbeats. */
export interface ThreadStatus extends ThreadReport {
  readonly isUp: boolean;
}

/** What the process is and what its threads do, which only the supervisor knows. */
export interface ProcessMetricsOptions {
  readonly registry: Registry;
  readonly version: string;
  readonly threads: () => readonly ThreadStatus[];
}

/** Registers what is true of the whole process and of each of its threads, as their supervisor knows them. */
export function registerProcessMetrics({
  registry,
  version,
  threads,
}: ProcessMetricsOptions): void {
  registerBuildInfo(registry, version);
  registerResources(registry);
  registerThreads(registry, threads);
}

function registerBuildInfo(registry: Registry, version: string): void {
  const info = new Gauge({
    name: "queueflow_build_info",
    help: "Always 1; its labels say what runs.",
    labelNames: ["version", "bun"],
    registers: [registry],
  });
  info.set({ version, bun: Bun.version }, 1);
}

function registerResources(registry: Registry): void {
  const gauge = (name: string, help: string, read: () => number | undefined) => {
    const registered = new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        const value = read();
        if (value === undefined) registered.remove({});
        else registered.set(value);
      },
    });
  };
  const cpu = new Counter({
    name: "queueflow_process_cpu_seconds_total",
    help: "Processor time of all threads.",
    registers: [registry],
    collect() {
      const { user, system } = process.cpuUsage();
      cpu.reset();
      cpu.inc((user + system) / 1e6);
    },
  });
  const startedAtSeconds = Date.now() / 1_000 - process.uptime();
  gauge(
    "queueflow_process_start_time_seconds",
    "When the process began, in seconds since 1970.",
    () => startedAtSeconds,
  );
  gauge(
    "queueflow_process_resident_memory_bytes",
    "Memory of all threads, their heaps and the runtime's own.",
    () => readMemory()?.rss,
  );
  gauge("queueflow_process_open_fds", "Open files and sockets.", openFiles);
  gauge("queueflow_process_max_fds", "How many of them the system allows.", openFilesMax);
}

function registerThreads(registry: Registry, threads: () => readonly ThreadStatus[]): void {
  const gauge = (
    name: string,
    help: string,
    read: (thread: ThreadStatus) => number | undefined,
  ) => {
    const registered = new Gauge({
      name,
      help,
      labelNames: ["thread"],
      registers: [registry],
      collect() {
        registered.reset();
        for (const thread of threads()) {
          const value = read(thread);
          if (value !== undefined) registered.set({ thread: thread.name }, value);
        }
      },
    });
  };
  gauge("queueflow_thread_up", "Whether the thread runs and sends heartbeats.", ({ isUp }) =>
    Number(isUp),
  );
  gauge(
    "queueflow_thread_failing",
    "Whether the thread's work failed when it was last tried.",
    ({ error }) => Number(error !== null),
  );
  gauge(
    "queueflow_thread_work_age_seconds",
    "Age of the batch that the thread has in hand.",
    ({ workAgeMs }) => workAgeMs / 1_000,
  );
  gauge(
    "queueflow_thread_last_commit_timestamp_seconds",
    "When the thread last committed a batch, in seconds since 1970.",
    ({ lastCommitAt }) => (lastCommitAt === null ? undefined : Date.parse(lastCommitAt) / 1_000),
  );
  const restarts = new Counter({
    name: "queueflow_thread_restarts_total",
    help: "How often the thread died and was started again.",
    labelNames: ["thread"],
    registers: [registry],
    collect() {
      restarts.reset();
      for (const { name, restarts: times } of threads()) restarts.inc({ thread: name }, times);
    },
  });
}
