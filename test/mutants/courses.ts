import type { ChaosCourse, TestCourse } from "./mutant.ts";

/** Almost no faults. */
export const CALM: ChaosCourse = {
  name: "calm",
  seeds: [1],
  minutes: 0.15,
  faults: "another program appends",
};

/** Transactions that lock the same rows. */
export const LOCKS: ChaosCourse = {
  name: "rows are locked",
  seeds: [1, 2],
  minutes: 0.5,
  faults: "holds row locks",
};

export const POSTGRES_KILLED: ChaosCourse = {
  name: "PostgreSQL is killed",
  seeds: [1, 2],
  minutes: 0.75,
  faults: "PostgreSQL is killed,shut down immediately",
};

/** A growing backlog. */
export const POSTGRES_AWAY: ChaosCourse = {
  name: "PostgreSQL is away",
  seeds: [1, 2],
  minutes: 0.75,
  faults: "PostgreSQL is read-only,table is missing,suspended for 10",
};

/** Engines that are killed during a batch, and other programs that claim its entries. */
export const ENGINE_KILLED: ChaosCourse = {
  name: "the engine is killed",
  seeds: [1, 2],
  minutes: 0.75,
  faults: "the engine is killed,PostgreSQL is suspended,holds row locks,claims pending",
};

export const REDIS_KILLED: ChaosCourse = {
  name: "Redis is killed",
  seeds: [1, 2],
  minutes: 0.5,
  faults: "Redis is killed,redis network: all connections are cut",
};

/** Redis may confirm writes before its disk has them. */
export const DISK_SLOW: ChaosCourse = {
  name: "the disk is slow",
  seeds: [1, 2],
  minutes: 0.75,
  faults: "slow disk",
};

/** Threads that exit and threads that hang. */
export const THREADS_FAIL: ChaosCourse = {
  name: "threads fail",
  seeds: [1],
  minutes: 0.5,
  faults: "thread fault",
};

/** Half-open connections, as after a cable was unplugged. */
export const POSTGRES_UNREACHABLE: ChaosCourse = {
  name: "PostgreSQL is unreachable",
  seeds: [1, 2],
  minutes: 0.5,
  faults: "postgres network: all connections become half-open",
};

export const REDIS_UNREACHABLE: ChaosCourse = {
  name: "Redis is unreachable",
  seeds: [1, 2],
  minutes: 0.5,
  faults: "redis network: all connections become half-open",
};

/** Other programs that change the consumer group. */
export const GROUP_CHANGED: ChaosCourse = {
  name: "the group is changed",
  seeds: [1, 2],
  minutes: 0.75,
  faults: "group is destroyed,claims pending,PostgreSQL is read-only",
};

/** Test files, as paths from the root; one of them must fail on the mutant. */
export function testedBy(...tests: readonly string[]): TestCourse {
  return { name: tests.join(", "), tests };
}
