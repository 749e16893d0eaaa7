import type { Sites } from "./event.ts";

export const DAY_MS = 86_400_000;

/** What `setup` passes to every iteration and to `teardown`. */
export interface Run {
  /** Used by no other run, so that the stored events can be counted. */
  readonly sites: Sites;
  /** The UTC day of the seeded events. */
  readonly day: string;
  /** Ascending ranks of the sites that have events from the beginning. */
  readonly seeded: readonly number[];
  /** Of the oldest timestamp. */
  readonly firstMs: number;
}

export function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
