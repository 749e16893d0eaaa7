import { optionsOf } from "./options.ts";
import type { Plan } from "./plan.ts";
import { sendEvent } from "./requests.ts";
import type { SummaryData } from "./result.ts";
import type { Run } from "./run.ts";
import { COUNT, DURATION } from "./setting-kinds.ts";
import { setting } from "./settings.ts";
import { startRun } from "./start-run.ts";
import { checkStored } from "./stored.ts";
import { summaryOf } from "./summary.ts";

/** Latency of `POST /event` at a constant rate. */
const PLAN: Plan = {
  script: "ingest-latency",
  parts: [
    {
      scenario: "ingest",
      sends: "events",
      rate: setting("RATE", COUNT, 500),
      seconds: setting("DURATION", DURATION, 30),
      limitsLag: true,
    },
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
