import type { Checkout } from "./against/checkout.ts";
import type { Placement } from "./machine/placement.ts";
import type { Finding } from "./report/finding.ts";
import type { BenchServers } from "./servers.ts";

/** Each has a default. */
export interface BenchOptions {
  /** Measurements of each side. */
  readonly pairs: number;
  /** Duration of a measurement, where it is fixed. */
  readonly seconds: number;
  /** Duration of the memory measurement. */
  readonly minutes: number;
  /** Entries at the start of a drain. */
  readonly entries: number;
  /** Rows of the larger database whose days or reports are read, in millions. */
  readonly millions: number;
  /** Sites of the events that reports are made of. */
  readonly sites: number;
}

export interface Bench {
  readonly servers: BenchServers;
  readonly options: BenchOptions;
  /** Cores for figures of one thread, and of the whole engine. */
  readonly placement: { readonly thread: Placement; readonly machine: Placement };
  /** Prints progress. */
  readonly say: (line: string) => void;
}

/** Measures one figure and its baselines alternately. */
export type Figure = (bench: Bench) => Promise<readonly Finding[]>;

/** Measures one figure of this engine and of another checkout's alternately. */
export type Comparison = (bench: Bench, other: Checkout) => Promise<readonly Finding[]>;
