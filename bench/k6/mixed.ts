import { optionsOf } from "./options.ts";
import type { Plan } from "./plan.ts";
import { readDay, sendEvent } from "./requests.ts";
import type { SummaryData } from "./result.ts";
import type { Run } from "./run.ts";
import { COUNT, DURATION } from "./setting-kinds.ts";
import { setting } from "./settings.ts";
import { startSeededRun } from "./start-run.ts";
import { checkStored } from "./stored.ts";
import { summaryOf } from "./summary.ts";

const SECONDS = setting("DURATION", DURATION, 30);

/** Tests whether accepting and reading disturb each other: both at once, each with the whole SLA. */
const PLAN: Plan = {
  script: "mixed",
  parts: [
    {
      scenario: "ingest",
      sends: "events",
      rate: setting("RATE", COUNT, 500),
      seconds: SECONDS,
      limitsLag: true,
    },
    {
      scenario: "read",
      sends: "reads",
      rate: setting("READ_RATE", COUNT, 100),
      seconds: SECONDS,
      exec: "read",
    },
  ],
};

export const options = optionsOf(PLAN);

export function setup(): Run {
  return startSeededRun(PLAN.script);
}

export default function send(run: Run): void {
  sendEvent(run, PLAN);
}

export const read = readDay;

export const teardown = checkStored;

export function handleSummary(data: SummaryData) {
  return summaryOf(PLAN, data);
}
