import { randomEvent } from "./event.ts";
import { countEvent, get, postTogether, TARGET } from "./requests.ts";
import { DAY_MS, dayOf, type Run } from "./run.ts";
import { checkNames, refuse } from "./settings.ts";
import { untilStored } from "./stored.ts";

/** For seeding, which waits until the events are stored. */
export const SETUP_SECONDS_MAX = 60;
const SEEDED_WITHIN_SECONDS = SETUP_SECONDS_MAX / 2;

/** Enough that the busiest sites have more than ten paths. */
const SEED_EVENTS = 2_000;
/** Few enough to read all of them at the end within a second. */
const SITES = 100;

/** Checks the settings and the engine. Ends the run with exit code 108 if there is nothing to measure. */
export function startRun(script: string, { sites = SITES, days = 0 } = {}): Run {
  checkNames(script);
  const { status, error } = get("/health/ready");
  if (status !== 200) {
    refuse(`Expected an engine that is ready at ${TARGET}, got ${error || `status ${status}`}`);
  }
  const nowMs = Date.now();
  const id = `${nowMs.toString(36)}${Math.floor(1e6 * Math.random()).toString(36)}`;
  return {
    sites: { count: sites, domain: `${id}.k6.example` },
    day: dayOf(nowMs),
    seeded: [],
    firstMs: nowMs - days * DAY_MS,
  };
}

/** Like `startRun`, and stores events so that reads of the day return some. */
export function startSeededRun(script: string): Run {
  const run = startRun(script);
  const events = Array.from({ length: SEED_EVENTS }, () =>
    randomEvent(Math.random, new Date(), run.sites),
  );
  for (const status of postTogether(events)) {
    countEvent([status]);
    if (status !== 202) refuse(`The engine refused an event with status ${status}`);
  }
  untilStored(Date.now() + 1_000 * SEEDED_WITHIN_SECONDS);
  const ranks = events.map(({ site_id }) => Number(/^site-(\d+)/.exec(site_id)?.[1]));
  return { ...run, seeded: [...new Set(ranks)].toSorted((a, b) => a - b) };
}
