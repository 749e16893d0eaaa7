import type { ChaosCourse, TestCourse } from "./mutant.ts";

/** Hardly any faults: for what shows by itself. */
export const CALM: ChaosCourse = {
  name: "calm",
  seeds: [1],
  minutes: 0.15,
  faults: "another program appends",
};

/** Transactions that meet on the same rows. */
export const LOCKS: ChaosCourse = {
  name: "rows are locked",
  seeds: [1, 2],
  minutes: 0.5,
  faults: "holds rows",
};

/** What PostgreSQL has committed must outlive it. */
export const POSTGRES_DIES: ChaosCourse = {
  name: "PostgreSQL dies",
  seeds: [1, 2],
  minutes: 0.75,
  faults: "PostgreSQL is killed,shut down immediately",
};

/** A backlog that grows for a while. */
export const POSTGRES_AWAY: ChaosCourse = {
  name: "PostgreSQL is away",
  seeds: [1, 2],
  minutes: 0.75,
  faults: "PostgreSQL takes no writes,table of PostgreSQL is away,suspended for long",
};

/** Engines that die with a batch in hand, and programs that take from it. */
export const ENGINE_DIES: ChaosCourse = {
  name: "the engine dies",
  seeds: [1, 2],
  minutes: 0.75,
  faults: "the engine is killed,PostgreSQL is suspended,holds rows,claims pending",
};

/** What Redis has said must outlive it, and be said but once. */
export const REDIS_DIES: ChaosCourse = {
  name: "Redis dies",
  seeds: [1, 2],
  minutes: 0.5,
  faults: "Redis is killed,redis network: all connections are cut",
};

/** Redis answers faster than its disk is. */
export const DISK_SLOW: ChaosCourse = {
  name: "the disk is slow",
  seeds: [1, 2],
  minutes: 0.75,
  faults: "disk is slow",
};

/** Threads that end and that hang. */
export const THREADS_DIE: ChaosCourse = {
  name: "threads die",
  seeds: [1],
  minutes: 0.5,
  faults: "shall",
};

/** Connections to PostgreSQL that take bytes and hand none on, as after a cable was pulled. */
export const POSTGRES_UNREACHABLE: ChaosCourse = {
  name: "PostgreSQL is out of reach",
  seeds: [1, 2],
  minutes: 0.5,
  faults: "postgres network: all connections go dead",
};

/** The same of Redis. */
export const REDIS_UNREACHABLE: ChaosCourse = {
  name: "Redis is out of reach",
  seeds: [1, 2],
  minutes: 0.5,
  faults: "redis network: all connections go dead",
};

/** What other programs can do to the group. */
export const GROUP_MEDDLED_WITH: ChaosCourse = {
  name: "the group is meddled with",
  seeds: [1, 2],
  minutes: 0.75,
  faults: "group is destroyed,claims pending,PostgreSQL takes no writes",
};

/** Test files, as paths from the project's folder: one of them must fail on the mutant. */
export function testedBy(...tests: readonly string[]): TestCourse {
  return { name: tests.join(", "), tests };
}
