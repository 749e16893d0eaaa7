import { LARGE_BATCH_ENTRIES } from "./large-batch.ts";

/** Longer than that nobody shall wait for an event that could be stored, in milliseconds. */
const LINGER_MS_MAX = 100;

/** A batch that was stored. */
export interface StoredBatch {
  readonly entries: number;
  readonly entriesMax: number;
  readonly tookMs: number;
}

/**
 * How long to leave what comes after a batch in the stream, in milliseconds: as long as the batch took, unless more were
 * waiting. A transaction of a few entries costs nearly as much as one of hundreds, so that consumers who read at
 * once would use up, on nothing but transactions, the processors that answers need. `bun run bench -- freshness` shows both
 * what an event costs and when it shows.
 */
export function lingerMs({ entries, entriesMax, tookMs }: StoredBatch): number {
  if (entries >= Math.min(LARGE_BATCH_ENTRIES, entriesMax)) return 0;
  return Math.min(tookMs, LINGER_MS_MAX);
}
