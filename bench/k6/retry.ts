import { scenario, vu } from "k6/execution";
import { randomEvent } from "./event.ts";
import { optionsOf } from "./options.ts";
import type { Plan } from "./plan.ts";
import { countEvent, postTogether, sampleLagEachSecond } from "./requests.ts";
import type { SummaryData } from "./result.ts";
import type { Run } from "./run.ts";
import { COUNT, DURATION } from "./setting-kinds.ts";
import { setting } from "./settings.ts";
import { startRun } from "./start-run.ts";
import { checkStored } from "./stored.ts";
import { summaryOf } from "./summary.ts";

/** Sends every event twice with its `event_id`, as a client does that missed the first response. Each must be stored once. */
const PLAN: Plan = {
  script: "retry",
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

/** Half of the events are repeated after the response, in a later flush; the others at once, which often is the same flush. */
export default function send(run: Run): void {
  const event = {
    ...randomEvent(Math.random, new Date(), run.sites),
    event_id: `${vu.idInTest}-${vu.iterationInInstance}`,
  };
  const statuses =
    scenario.iterationInTest % 2 === 0
      ? [...postTogether([event]), ...postTogether([event])]
      : postTogether([event, event]);
  countEvent(statuses);
  sampleLagEachSecond(PLAN);
}

export const teardown = checkStored;

export function handleSummary(data: SummaryData) {
  return summaryOf(PLAN, data);
}
