import { DAY_MS, HOUR_MS } from "../../../event/day.ts";
import type { AnalyticsEvent } from "../../../event/event.ts";
import { originOf } from "./origins.ts";
import { Random, type Weighted } from "./random.ts";
import { type Story, type TrafficDay, trafficOn } from "./traffic.ts";
import { visitEvents } from "./visit-events.ts";
import { type Visitor, visitorOf } from "./visitors.ts";

/** Visits by the hour of the visitor's clock. */
const OF_HOURS: Weighted<number> = [
  9, 5, 3, 2, 2, 4, 10, 22, 40, 56, 63, 60, 52, 55, 62, 62, 57, 49, 42, 40, 42, 41, 32, 19,
].map((share, hour) => [share, hour] as const);
/** Who comes back was there at most so many days before. */
const BACK_WITHIN_DAYS = 45;
/** Of those who are there while the demo is made. */
const VISITS_NOW = 9;
const NOW_MS = 270_000;

export interface DemoStory {
  readonly siteId: string;
  readonly seed: string;
  /** UTC days up to today. */
  readonly days: number;
  readonly nowMs: number;
}

/** Yields the events of each day, the newest day first, so that the dashboard has something to show at once. The same story has the same events. */
export function* demoEvents({ siteId, seed, days, nowMs }: DemoStory): Generator<AnalyticsEvent[]> {
  const todayMs = nowMs - (nowMs % DAY_MS);
  const story = { seed, days, firstMs: todayMs - (days - 1) * DAY_MS };
  const traffic = Array.from({ length: days }, (_, index) => trafficOn(story, index));
  yield eventsNow({ siteId, seed, nowMs, traffic, days });
  for (let index = days - 1; index >= 0; index -= 1) {
    const events = eventsOf({ siteId, story, traffic, index });
    const isPast = ({ timestamp }: AnalyticsEvent) => Date.parse(timestamp) <= nowMs;
    yield index === days - 1 ? events.filter(isPast) : events;
  }
}

interface DayOptions {
  readonly siteId: string;
  readonly story: Story;
  readonly traffic: readonly TrafficDay[];
  readonly index: number;
}

function eventsOf({ siteId, story, traffic, index }: DayOptions): AnalyticsEvent[] {
  const day = traffic[index];
  if (day === undefined) return [];
  return Array.from({ length: day.visits }, (_, number) => {
    const random = new Random(`${story.seed} visit ${day.date} ${number}`);
    const visitor = visitorIn(random, { seed: story.seed, traffic, index, number });
    const hour = random.choose(OF_HOURS) + random.part() - visitor.offsetHours;
    const startMs = story.firstMs + index * DAY_MS + ((hour + 24) % 24) * HOUR_MS;
    const origin = originOf(random, day);
    return visitEvents(random, { siteId, visitor, origin, startMs: Math.floor(startMs) });
  }).flat();
}

/** Returns somebody new for the first numbers of a day, else somebody of the days before. */
function visitorIn(
  random: Random,
  {
    seed,
    traffic,
    index,
    number,
  }: { seed: string; traffic: readonly TrafficDay[]; index: number; number: number },
): Visitor {
  const own = traffic[index];
  const earlier = traffic[index - 1 - random.below(BACK_WITHIN_DAYS)];
  const isNew = own === undefined || number < own.newVisitors || earlier === undefined;
  const { date = "", at = 0, newVisitors = 1 } = (isNew ? own : earlier) ?? {};
  // Of all who were there, few come back often.
  const place = isNew ? number : Math.floor(newVisitors * random.part() ** 3);
  return visitorOf(`${seed} visitor ${date} ${place}`, at);
}

interface NowOptions extends DemoStory {
  readonly traffic: readonly TrafficDay[];
}

/** Those who are there now: a link has just been shared. */
function eventsNow({ siteId, seed, nowMs, traffic }: NowOptions): AnalyticsEvent[] {
  const today = traffic.at(-1);
  if (today === undefined) return [];
  return Array.from({ length: VISITS_NOW }, (_, number) => {
    const random = new Random(`${seed} now ${nowMs} ${number}`);
    const visitor = visitorOf(`${seed} visitor now ${nowMs} ${number}`, 1);
    const origin = originOf(random, today);
    const startMs = nowMs - random.below(NOW_MS);
    return visitEvents(random, { siteId, visitor, origin, startMs });
  })
    .flat()
    .filter(({ timestamp }) => Date.parse(timestamp) <= nowMs);
}
