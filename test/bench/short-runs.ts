import type { ScriptName } from "../../bench/k6-run/run-k6.ts";

/** Far above what an engine needs on a busy machine; the faults of the tests exceed them. */
const LIMITS = {
  P50_MS: "1000",
  P95_MS: "2000",
  P99_MS: "3000",
  LAG_MS: "4000",
  VUS_MAX: "50",
  STORED_WITHIN: "20s",
};
/** 101 events. */
const CONSTANT = { ...LIMITS, RATE: "50", DURATION: "2s" };

/** Settings with which each script takes seconds. */
export const SHORT: Readonly<Record<ScriptName, Readonly<Record<string, string>>>> = {
  "ingest-latency": CONSTANT,
  // 1,000 events, and after a pause 2,000; few a second, because a machine without CPU time drops some.
  "ingest-stress": {
    ...LIMITS,
    RATE: "100",
    RATE_MAX: "200",
    STEP_DURATION: "10s",
    VUS_MAX: "300",
  },
  // 60 events, then 120, then 60.
  spike: {
    ...LIMITS,
    RATE: "30",
    DURATION: "2s",
    SPIKE_RATE: "60",
    SPIKE_DURATION: "2s",
    SPIKE_P99_MS: "3000",
  },
  mixed: { ...CONSTANT, READ_RATE: "20" },
  "stats-read": { ...LIMITS, READ_RATE: "20", DURATION: "2s" },
  retry: CONSTANT,
  backfill: { ...CONSTANT, DAYS: "5" },
  soak: { ...LIMITS, RATE: "20", DURATION: "10s", GROWTH_MAX: "20" },
};
