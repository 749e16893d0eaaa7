import { Random } from "../../test/chaos/random.ts";
import { skewedRank } from "../k6/event.ts";
import { percentile } from "../measure/summary.ts";
import { DAYS, FIRST_DAY, SITES } from "./fill-database.ts";

const SEED = 1;
const DAY_MS = 86_400_000;

/** Reads a site's UTC day. */
export type Ask = (siteId: string, date: string) => Promise<unknown>;

/** Latencies. */
export interface AnswerTimes {
  readonly p99Ms: number;
  readonly answers: number;
}

/** Reads days of a filled database, in the same sequence in every run, busy sites more often. */
export async function askForDays(ask: Ask, seconds: number): Promise<AnswerTimes> {
  const random = new Random(SEED);
  const tookMs: number[] = [];
  const endMs = performance.now() + seconds * 1_000;
  for (let nowMs = performance.now(); nowMs < endMs; nowMs = performance.now()) {
    const rank = skewedRank(SITES, 1, () => random.next());
    const dayMs = Date.parse(FIRST_DAY) + random.integer(0, DAYS - 1) * DAY_MS;
    await ask(`site-${rank}.example`, new Date(dayMs).toISOString().slice(0, 10));
    tookMs.push(performance.now() - nowMs);
  }
  const sorted = tookMs.toSorted((a, b) => a - b);
  return { p99Ms: percentile(sorted, 0.99), answers: sorted.length };
}
