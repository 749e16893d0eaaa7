import type { Placement } from "./machine/placement.ts";
import type { Finding } from "./report/finding.ts";
import type { BenchServers } from "./servers.ts";

/** How much to measure; each has a default. */
export interface BenchOptions {
  /** How often each side of a comparison is measured. */
  readonly pairs: number;
  /** How long one measurement takes, where time decides. */
  readonly seconds: number;
  /** How long memory is watched. */
  readonly minutes: number;
  /** How many entries a drain starts with. */
  readonly entries: number;
  /** Rows of the larger database whose days are read, in millions; the smaller one has one million. */
  readonly millions: number;
}

/** What every figure is measured with. */
export interface Bench {
  readonly servers: BenchServers;
  readonly options: BenchOptions;
  /** Where everything runs when one thread is measured, and when the whole engine is. */
  readonly placement: { readonly thread: Placement; readonly machine: Placement };
  /** Tells whoever waits how far it is. */
  readonly say: (line: string) => void;
}

/** Measures one figure, with its baselines in turn. */
export type Figure = (bench: Bench) => Promise<readonly Finding[]>;
