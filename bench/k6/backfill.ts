import { randomEvent } from "./event.ts";
import { optionsOf } from "./options.ts";
import type { Plan } from "./plan.ts";
import { postEvent, sampleLagEachSecond } from "./requests.ts";
import type { SummaryData } from "./result.ts";
import type { Run } from "./run.ts";
import { COUNT, countUpTo, DURATION } from "./setting-kinds.ts";
import { setting } from "./settings.ts";
import { startRun } from "./start-run.ts";
import { checkStored } from "./stored.ts";
import { summaryOf } from "./summary.ts";

/** Days before today. Every one is read at the end. */
const DAYS = setting("DAYS", countUpTo(366), 30);
const SITES = 20;

/** Sends events of many days in random order: a batch then changes many rows of the rollups. */
const PLAN: Plan = {
  script: "backfill",
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
  return startRun(PLAN.script, { sites: SITES, days: DAYS });
}

export default function send({ sites, firstMs }: Run): void {
  const ms = firstMs + Math.random() * (Date.now() - firstMs);
  postEvent(randomEvent(Math.random, new Date(ms), sites));
  sampleLagEachSecond(PLAN);
}

export const teardown = checkStored;

export function handleSummary(data: SummaryData) {
  return summaryOf(PLAN, data);
}
