import { optionsOf } from "./options.ts";
import type { Plan } from "./plan.ts";
import { readDay } from "./requests.ts";
import type { SummaryData } from "./result.ts";
import type { Run } from "./run.ts";
import { COUNT, DURATION } from "./setting-kinds.ts";
import { setting } from "./settings.ts";
import { startSeededRun } from "./start-run.ts";
import { checkStored } from "./stored.ts";
import { summaryOf } from "./summary.ts";

/** Latency of `GET /stats` at a constant rate, of sites that the script fills first. */
const PLAN: Plan = {
  script: "stats-read",
  parts: [
    {
      scenario: "read",
      sends: "reads",
      rate: setting("READ_RATE", COUNT, 100),
      seconds: setting("DURATION", DURATION, 30),
    },
  ],
};

export const options = optionsOf(PLAN);

export function setup(): Run {
  return startSeededRun(PLAN.script);
}

export default readDay;

export const teardown = checkStored;

export function handleSummary(data: SummaryData) {
  return summaryOf(PLAN, data);
}
