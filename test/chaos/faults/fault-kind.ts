import type { World } from "../world.ts";

/** What a fault befalls. Two faults never befall the same at once. */
export const TARGETS = [
  "engine",
  "second engine",
  "threads",
  "redis",
  "postgres",
  "redis network",
  "postgres network",
  "stream",
] as const;

export type Target = (typeof TARGETS)[number];

/** From `min` to `max`. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

/**
 * How long a target is left alone between faults, in milliseconds. Threads and servers may die ten times
 * a minute before the supervision gives up on them, which is another test's subject.
 */
export const REST_MS: Readonly<Record<Target, Range>> = {
  engine: { min: 6_000, max: 14_000 },
  "second engine": { min: 1_000, max: 12_000 },
  threads: { min: 7_000, max: 10_000 },
  redis: { min: 7_000, max: 14_000 },
  postgres: { min: 7_000, max: 12_000 },
  "redis network": { min: 4_000, max: 14_000 },
  "postgres network": { min: 4_000, max: 12_000 },
  stream: { min: 2_000, max: 8_000 },
};

/** A kind of fault. */
export interface FaultKind {
  readonly name: string;
  readonly target: Target;
  /** How often it comes, against the others of its target. */
  readonly weight: number;
  readonly lastsMs: Range;
  /** Does it; answers how to heal what does not heal by itself. */
  readonly begin: (world: World) => Promise<undefined | (() => Promise<void>)>;
}

/** For what happens at once. */
export const MOMENT: Range = { min: 0, max: 0 };
/** For what lasts. */
export const A_WHILE: Range = { min: 300, max: 10_000 };
