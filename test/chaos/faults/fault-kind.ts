import type { World } from "../world.ts";

/** Each target has at most one fault at a time. */
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

export interface Range {
  readonly min: number;
  readonly max: number;
}

/** Time between faults. Long enough that no thread or server fails ten times a minute, when the supervisor gives up. */
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

export interface FaultKind {
  readonly name: string;
  readonly target: Target;
  /** Relative frequency among the faults of its target. */
  readonly weight: number;
  readonly lastsMs: Range;
  /** Starts the fault. Returns a function that ends it, unless it ends by itself. */
  readonly begin: (world: World) => Promise<undefined | (() => Promise<void>)>;
}

/** For faults without duration. */
export const MOMENT: Range = { min: 0, max: 0 };
/** For faults with a duration. */
export const A_WHILE: Range = { min: 300, max: 10_000 };
