import { optionsOf } from "./options.ts";
import type { Plan } from "./plan.ts";
import { GRACEFUL_STOP_SECONDS, sendEvent } from "./requests.ts";
import type { SummaryData } from "./result.ts";
import type { Run } from "./run.ts";
import { COUNT, DURATION } from "./setting-kinds.ts";
import { refuse, setting } from "./settings.ts";
import { startRun } from "./start-run.ts";
import { checkStored } from "./stored.ts";
import { summaryOf } from "./summary.ts";

/** The first rate in events per second, the increment of each step, and the maximum. */
const RATE = setting("RATE", COUNT, 500);
const RATE_STEP = setting("RATE_STEP", COUNT, RATE);
const RATE_MAX = setting("RATE_MAX", COUNT, 20 * RATE);
/** Duration of each rate. */
const STEP_SECONDS = setting("STEP_DURATION", DURATION, 10);

/** A step is judged on at least this many events, of which ten are above the 99th percentile. */
const STEP_EVENTS_MIN = 1_000;
/** Until every request of a step has a response, so that the next step does not suffer from it. */
const PAUSE_SECONDS = GRACEFUL_STOP_SECONDS;
/**
 * k6 counts the delay of a limit from the start of `setup`, and checks limits every two seconds. A step is therefore complete when
 * its limits are checked, and the next one has not begun.
 */
const SETUP_SECONDS_MAX = 3;

if (RATE_MAX < RATE) refuse(`Expected RATE_MAX to be at least RATE (${RATE}), got ${RATE_MAX}`);
if (RATE * STEP_SECONDS < STEP_EVENTS_MIN) {
  const expected = `Expected RATE × STEP_DURATION to be at least ${STEP_EVENTS_MIN} events, to judge a step by`;
  refuse(`${expected}, got ${RATE} × ${STEP_SECONDS}s`);
}

const RATES = Array.from(
  { length: Math.floor((RATE_MAX - RATE) / RATE_STEP) + 1 },
  (_, step) => RATE + step * RATE_STEP,
);

/**
 * Raises the rate in steps until one exceeds a limit. The report names the knee, the highest rate up to which all held. Then k6
 * exits with 99, although this is expected.
 */
const PLAN: Plan = {
  script: "ingest-stress",
  setupSecondsMax: SETUP_SECONDS_MAX,
  parts: RATES.map((rate, step) => {
    const startSeconds = step * (STEP_SECONDS + PAUSE_SECONDS);
    return {
      scenario: `at_${rate}`,
      sends: "events",
      rate,
      seconds: STEP_SECONDS,
      startSeconds,
      limitsLag: true,
      abortAtSeconds: startSeconds + STEP_SECONDS + SETUP_SECONDS_MAX,
    };
  }),
};

export const options = optionsOf(PLAN);

export function setup(): Run {
  return startRun(PLAN.script);
}

export default function send(run: Run): void {
  sendEvent(run, PLAN);
}

export const teardown = checkStored;

export function handleSummary(data: SummaryData) {
  return summaryOf(PLAN, data);
}
