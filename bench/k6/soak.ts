import { sleep } from "k6";
import { scenario } from "k6/execution";
import { randomEvent } from "./event.ts";
import { deadLettersAdded, growth, growthSamples } from "./metrics.ts";
import { optionsOf } from "./options.ts";
import { type Limits, type Plan, type Threshold } from "./plan.ts";
import { GRACEFUL_STOP_SECONDS, get, postEvent, sampleLag, sendEvent } from "./requests.ts";
import type { SummaryData } from "./result.ts";
import type { Run } from "./run.ts";
import { COUNT, DURATION, FACTOR } from "./setting-kinds.ts";
import { refuse, setting } from "./settings.ts";
import { startRun } from "./start-run.ts";
import { checkStored } from "./stored.ts";
import { summaryOf } from "./summary.ts";
import { Tenths } from "./tenths.ts";

const SECONDS = setting("DURATION", DURATION, 3_600);
/** Upper limit of a median in the last tenth divided by that in the first. */
const GROWTH_MAX = setting("GROWTH_MAX", FACTOR, 2);

/** With fewer, a tenth may have no sample. */
const SECONDS_MIN = 10;
/** Between two samples of the latency, and of everything else. */
const PROBE_SECONDS = 0.1;
const WATCH_SECONDS = 0.5;
const WATCHED = ["latency", "lag", "memory", "dead_letters"];

if (SECONDS < SECONDS_MIN) {
  refuse(`Expected DURATION to be at least ${SECONDS_MIN}s, so that a tenth has samples`);
}

/** Runs for hours at a constant rate, and compares the last tenth with the first. */
const PLAN: Plan = {
  script: "soak",
  parts: [
    {
      scenario: "ingest",
      sends: "events",
      rate: setting("RATE", COUNT, 500),
      seconds: SECONDS,
      limitsLag: true,
    },
  ],
  limits: growthLimits(),
};

const planned = optionsOf(PLAN);

export const options = {
  ...planned,
  scenarios: {
    ...planned.scenarios,
    probe: oneVu("probe"),
    watch: oneVu("watch"),
  },
};

export function setup(): Run {
  return startRun(PLAN.script);
}

export default function send(run: Run): void {
  sendEvent(run, PLAN);
}

const latency = new Tenths(2);
const lag = new Tenths(100);
const memory = new Tenths(1);
let deadLettersBefore: number | undefined;

/** Takes a sample of the latency. */
export function probe({ sites }: Run): void {
  const startMs = Date.now();
  note("latency", latency, postEvent(randomEvent(Math.random, new Date(), sites)));
  sleepUntil(startMs + 1_000 * PROBE_SECONDS);
}

/** Takes a sample of the lag, the memory and the dead letters. */
export function watch(): void {
  const startMs = Date.now();
  note("lag", lag, sampleLag());
  const metrics = get("/metrics").body;
  note("memory", memory, valueOf("queueflow_process_resident_memory_bytes", metrics));
  noteDeadLetters(valueOf("queueflow_dead_events_rows", metrics));
  sleepUntil(startMs + 1_000 * WATCH_SECONDS);
}

function sleepUntil(ms: number): void {
  sleep(Math.max(0, ms - Date.now()) / 1_000);
}

/** One, because a VU keeps the samples in its memory. */
function oneVu(exec: string) {
  return {
    executor: "constant-vus",
    exec,
    vus: 1,
    duration: `${SECONDS}s`,
    gracefulStop: `${GRACEFUL_STOP_SECONDS}s`,
  } as const;
}

function note(of: string, tenths: Tenths, number: number | undefined): void {
  if (number === undefined) return;
  tenths.add(number, (Date.now() - scenario.startTime) / 1_000 / SECONDS);
  const ratio = tenths.growth();
  if (ratio === undefined) return;
  growth.add(ratio, { of });
  growthSamples.add(1, { of });
}

function noteDeadLetters(deadLetters: number | undefined): void {
  if (deadLetters === undefined) return;
  deadLettersAdded.add(deadLetters - (deadLettersBefore ?? deadLetters));
  deadLettersBefore = deadLetters;
  growthSamples.add(1, { of: "dead_letters" });
}

/** Returns the value of a metric without labels. */
function valueOf(name: string, metrics: string): number | undefined {
  const value = new RegExp(`^${name} (\\S+)$`, "m").exec(metrics)?.[1];
  return value === undefined ? undefined : Number(value);
}

/** A growth without samples counts as exceeded. */
function growthLimits(): Limits {
  const limits: Record<string, Threshold[]> = { dead_letters_added: ["count<=0"] };
  for (const of of WATCHED) {
    limits[`growth_samples{of:${of}}`] = ["count>=1"];
    if (of !== "dead_letters") limits[`growth{of:${of}}`] = [`value<=${GROWTH_MAX}`];
  }
  return limits;
}

export const teardown = checkStored;

export function handleSummary(data: SummaryData) {
  return summaryOf(PLAN, data);
}
