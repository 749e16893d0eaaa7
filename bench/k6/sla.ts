import { COUNT, MILLISECONDS, SHARE } from "./setting-kinds.ts";
import { setting } from "./settings.ts";

/** Upper limits of the percentiles of the latency of requests that succeeded. */
export const LATENCY = [
  `p(50)<${setting("P50_MS", MILLISECONDS, 10)}`,
  `p(95)<${setting("P95_MS", MILLISECONDS, 25)}`,
  `p(99)<${setting("P99_MS", MILLISECONDS, 50)}`,
];
/** Upper limit of the share of requests that fail. */
export const FAILURES_MAX = setting("FAILURES_MAX", SHARE, 0.001);
/** Upper limit of the age of the oldest event that is not stored, in 95 % of the samples. */
export const LAG_MS = setting("LAG_MS", MILLISECONDS, 1_000);
/**
 * Requests in flight per scenario. All are allocated before the run: k6 allocates further ones one at a time, and drops
 * iterations meanwhile. Each takes half a megabyte.
 */
export const VUS_MAX = setting("VUS_MAX", COUNT, 500);
