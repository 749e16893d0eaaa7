import { A_WHILE, type FaultKind } from "./fault-kind.ts";

/** Faults of the engine processes. */
export const ENGINE_FAULTS: readonly FaultKind[] = [
  {
    name: "the engine is killed",
    target: "engine",
    weight: 3,
    lastsMs: { min: 0, max: 2_000 },
    begin: async ({ engine }) => {
      await engine.kill();
      return async () => engine.start();
    },
  },
  {
    name: "the engine is killed and starts with more threads",
    target: "engine",
    weight: 1,
    lastsMs: { min: 0, max: 2_000 },
    begin: async ({ engine }) => {
      await engine.kill();
      return async () => engine.start({ INGEST_WORKERS: "3", CONSUMER_WORKERS: "4" });
    },
  },
  {
    name: "the engine is killed and starts with fewer threads",
    target: "engine",
    weight: 1,
    lastsMs: { min: 0, max: 2_000 },
    begin: async ({ engine }) => {
      await engine.kill();
      return async () => engine.start({ INGEST_WORKERS: "1", CONSUMER_WORKERS: "1" });
    },
  },
  {
    name: "the engine is stopped by SIGTERM",
    target: "engine",
    weight: 2,
    lastsMs: { min: 0, max: 2_000 },
    begin: async ({ engine }) => {
      await engine.stop();
      return async () => engine.start();
    },
  },
  {
    name: "the engine is suspended",
    target: "engine",
    weight: 2,
    lastsMs: A_WHILE,
    begin: async ({ engine }) => {
      engine.suspend();
      return async () => engine.resume();
    },
  },
  {
    name: "a second engine runs and is stopped by SIGTERM",
    target: "second engine",
    weight: 1,
    lastsMs: { min: 1_000, max: 15_000 },
    begin: async ({ secondEngine }) => {
      secondEngine.start();
      return async () => await secondEngine.stop();
    },
  },
  {
    name: "a second engine runs and is killed",
    target: "second engine",
    weight: 1,
    lastsMs: { min: 1_000, max: 15_000 },
    begin: async ({ secondEngine }) => {
      secondEngine.start();
      return async () => await secondEngine.kill();
    },
  },
];
