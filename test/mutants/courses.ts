import type { Course } from "./mutant.ts";

/** Every kind of fault. */
export const ALL: Course = { name: "all faults", seeds: [1, 2], minutes: 1, faults: "" };

/** Hardly any faults: for what shows by itself. */
export const CALM: Course = {
  name: "calm",
  seeds: [1],
  minutes: 0.15,
  faults: "another program appends",
};

/** What Redis has said must outlive it. */
export const REDIS: Course = {
  name: "Redis dies",
  seeds: [1, 2],
  minutes: 0.75,
  faults: "Redis is killed,redis network",
};

/** PostgreSQL away and back, with engines that die meanwhile. */
export const POSTGRES: Course = {
  name: "PostgreSQL is away",
  seeds: [1, 2],
  minutes: 0.75,
  faults: "PostgreSQL,table,the engine is killed",
};

/** Threads that end and that hang. */
export const THREADS: Course = {
  name: "threads die",
  seeds: [1],
  minutes: 1,
  faults: "shall",
};
