import { describe, expect, test } from "bun:test";
import type { ScriptName } from "../../bench/k6-run/run-k6.ts";
import { type Faults, startFaultyTarget } from "./faulty-target.ts";
import { K6, k6Run } from "./k6-program.ts";
import { SHORT } from "./short-runs.ts";

const after = (first: number, fault: (event: number) => boolean) => (event: number) =>
  event > first && fault(event);
const everyTenth = (event: number) => event % 10 === 0;

/** Every tenth event after the first ones. */
const refuses = (first = 0): Faults => {
  const isRefused = after(first, everyTenth);
  return { eventStatus: (event) => (isRefused(event) ? 503 : 202) };
};
const loses = (first = 0): Faults => {
  const isLost = after(first, (event) => everyTenth(event + 1));
  return { storedTimes: (event) => (isLost(event) ? 0 : 1) };
};
const isSlow = (first = 0, last = Number.POSITIVE_INFINITY): Faults => ({
  eventDelayMs: (event) => (event > first && event <= last ? 3_500 : 0),
});

/** All run at once, which takes a minute on an idle machine and two on a busy one. */
const TIMEOUT_MS = 300_000;

/** Events that `stats-read` and `mixed` send first. */
const SEEDS = 2_000;
/** Reads of `stats-read` and `mixed`, before those at the end. */
const READS = 40;
/** Events of the first step of `ingest-stress`, and a few more. */
const FIRST_STEP = 1_010;

const REFUSED = /\d+ failed, the limit is \d/;
const SLOW = /p\d\d was [3-9],\d{3} ms, the limit is \d,000 ms/;
const LOST = /^- \d+ accepted events are not stored/m;

/** The script, the fault, and what the report must say. */
const FAULTS: readonly [ScriptName, string, Faults, readonly RegExp[]][] = [
  // The longest first.
  [
    "ingest-stress",
    "refuses and loses events at the second rate",
    { ...refuses(FIRST_STEP), ...loses(FIRST_STEP) },
    [/^The limits held up to 100 events a second$/m, /at_200: \d+ failed, the limit is 2/, LOST],
  ],
  [
    "ingest-stress",
    "is slow at the second rate",
    isSlow(FIRST_STEP),
    [/^The limits held up to 100 events a second$/m, /at_200: p50 was [3-9],\d{3} ms/],
  ],
  [
    "ingest-stress",
    "refuses every event",
    { eventStatus: () => 503 },
    [/^The limits broke at the lowest rate/m, /at_100: [\d,]+ failed/],
  ],
  ["ingest-latency", "refuses events", refuses(), [REFUSED, /ingest .* \d+ × 503/]],
  ["ingest-latency", "loses events", loses(), [LOST]],
  [
    "ingest-latency",
    "is slow",
    isSlow(),
    [/ingest: p50 was [3-9],\d{3} ms, the limit is 1,000 ms/],
  ],
  [
    "ingest-latency",
    "is slow for some",
    { eventDelayMs: (event) => (event % 30 === 0 ? 3_500 : 0) },
    [/ingest: p99 was [3-9],\d{3} ms, the limit is 3,000 ms/],
  ],
  [
    "ingest-latency",
    "hangs",
    { hangs: (event) => event > 20 },
    [/ingest: \d+ not sent in time/, /ingest: \d+ failed/, /\d+ × no response/],
  ],
  [
    "ingest-latency",
    "stores an event twice",
    { storedTimes: (event) => (event === 50 ? 2 : 1) },
    [/^- 1 events are stored that were not sent, or stored twice/m],
  ],
  [
    "ingest-latency",
    "stores late",
    { lagMs: () => 9_000 },
    [/ingest: lag p95 was 9,000 ms, the limit is 4,000 ms/],
  ],
  [
    "ingest-latency",
    "does not say its lag",
    { lagMs: "unknown" },
    [/ingest: the lag was known 0 times, expected at least 1/],
  ],
  [
    "ingest-latency",
    "cannot be read",
    { readStatus: 503 },
    [/^- the stored events of [\d,]+ days could not be read/m, LOST],
  ],
  [
    "spike",
    "is slow during the spike",
    isSlow(61, 120),
    [/spike: p99 was [3-9],\d{3} ms, the limit is 3,000 ms/],
  ],
  [
    "spike",
    "refuses and loses events after the spike",
    { ...refuses(190), ...loses(190) },
    [/after: \d+ failed, the limit is 0/, LOST],
  ],
  [
    "mixed",
    "refuses, delays and loses events",
    { ...refuses(SEEDS), ...isSlow(SEEDS), ...loses(SEEDS) },
    [REFUSED, SLOW, LOST],
  ],
  [
    "mixed",
    "is slow to read",
    { readDelayMs: (read) => (read <= READS ? 3_500 : 0) },
    [/read: p50 was [3-9],\d{3} ms, the limit is 1,000 ms/],
  ],
  [
    "stats-read",
    "refuses reads",
    { readStatus: 503 },
    [/read: \d+ failed, the limit is 0/, /read .* \d+ × 503/],
  ],
  [
    "stats-read",
    "returns days without their events",
    { emptyDays: true },
    [/read: \d+ failed, the limit is 0/, /\d+ × 200 without events/],
  ],
  [
    "retry",
    "refuses, delays and loses events",
    { ...refuses(), ...isSlow(), ...loses() },
    [REFUSED, SLOW, LOST],
  ],
  [
    "retry",
    "ignores the event_id",
    { ignoresEventId: true },
    [/^- \d+ events are stored that were not sent, or stored twice/m],
  ],
  [
    "backfill",
    "refuses, delays and loses events",
    { ...refuses(), ...isSlow(), ...loses() },
    [REFUSED, SLOW, LOST],
  ],
  ["soak", "refuses and loses events", { ...refuses(), ...loses() }, [REFUSED, LOST]],
  [
    "soak",
    "degrades",
    {
      eventDelayMs: (event) => (event > 200 ? 800 : 0),
      lagMs: (event) => (event > 200 ? 3_000 : 0),
      residentBytes: (event) => (event > 200 ? 3e9 : 1e8),
      deadLetters: (event) => (event > 200 ? 3 : 0),
    },
    [
      /^- the latency grew \d+\.\d-fold from the first to the last tenth, the limit is 20-fold/m,
      /^- the lag grew 30\.0-fold/m,
      /^- the memory grew 30\.0-fold/m,
      /^- 3 dead letters were added/m,
    ],
  ],
  [
    "soak",
    "has no metrics",
    { hasNoMetrics: true, lagMs: "unknown" },
    [/no samples of lag/, /no samples of memory/, /no samples of dead letters/],
  ],
];

describe.skipIf(K6 === undefined)("a load test fails when the target", () => {
  test.concurrent.each([...FAULTS])(
    "%s: %s",
    async (script, _, faults, reasons) => {
      await using target = startFaultyTarget(faults);
      const env = { ...SHORT[script], STORED_WITHIN: "3s", TARGET: target.url };
      const { exitCode, report, log } = await k6Run(script, env);
      for (const reason of reasons) expect(report + log).toMatch(reason);
      expect(exitCode).toBe(99);
    },
    TIMEOUT_MS,
  );
});
