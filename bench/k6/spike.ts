import { optionsOf } from "./options.ts";
import type { Plan } from "./plan.ts";
import { sendEvent } from "./requests.ts";
import type { SummaryData } from "./result.ts";
import type { Run } from "./run.ts";
import { COUNT, DURATION, MILLISECONDS } from "./setting-kinds.ts";
import { refuse, setting } from "./settings.ts";
import { startRun } from "./start-run.ts";
import { checkStored } from "./stored.ts";
import { summaryOf } from "./summary.ts";

/** Events per second before and after the spike, and during it. */
const RATE = setting("RATE", COUNT, 200);
const SPIKE_RATE = setting("SPIKE_RATE", COUNT, 10 * RATE);
/** Duration before and after the spike, and of the spike. */
const SECONDS = setting("DURATION", DURATION, 30);
const SPIKE_SECONDS = setting("SPIKE_DURATION", DURATION, 10);
/** Limit of the 99th percentile during the spike: responses may be slow but must not fail. */
const SPIKE_P99_MS = setting("SPIKE_P99_MS", MILLISECONDS, 500);
/** With 2,000 events a second, enough for responses that take `SPIKE_P99_MS` on average. */
const SPIKE_VUS_MAX = setting("SPIKE_VUS_MAX", COUNT, 1_000);

if (SPIKE_RATE <= RATE) {
  refuse(`Expected SPIKE_RATE to be above RATE (${RATE}), got ${SPIKE_RATE}`);
}

const QUIET = { sends: "events", rate: RATE, seconds: SECONDS, limitsLag: true } as const;

/** Sends a sudden tenfold rate. The SLA must hold before and after it. */
const PLAN: Plan = {
  script: "spike",
  parts: [
    { ...QUIET, scenario: "before" },
    {
      scenario: "spike",
      sends: "events",
      rate: SPIKE_RATE,
      seconds: SPIKE_SECONDS,
      startSeconds: SECONDS,
      vus: SPIKE_VUS_MAX,
      latency: [`p(99)<${SPIKE_P99_MS}`],
    },
    { ...QUIET, scenario: "after", startSeconds: SECONDS + SPIKE_SECONDS },
  ],
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
