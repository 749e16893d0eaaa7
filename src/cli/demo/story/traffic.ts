import { DAY_MS } from "../../../event/day.ts";
import { visitsAfterLaunch } from "./origins.ts";
import { Random } from "./random.ts";

/** On the first day of the story, before the rhythm of the week. */
const VISITS_AT_FIRST = 85;
/** How many times as many come on the last day. */
const GROWTH = 2.6;
/** Beginning with Monday. */
const OF_WEEKDAYS = [1.08, 1.14, 1.12, 1.07, 0.96, 0.62, 0.66];
/** An article is shared so many days before the end. */
const SHARED_DAYS_AGO = [19, 171];
/** Of all visits. The others are by somebody who was there before. */
const NEW_PART = 0.66;
const NOISE = 0.09;

export interface TrafficDay {
  /** UTC, `YYYY-MM-DD`. */
  readonly date: string;
  /** 0 is Monday. */
  readonly weekday: number;
  readonly visits: number;
  /** The visitors who come for the first time have the numbers below this. */
  readonly newVisitors: number;
  readonly shared: number;
  /** From 0 on the first day to 1 on the last. */
  readonly at: number;
}

export interface Story {
  readonly seed: string;
  /** The first day, in UTC. */
  readonly firstMs: number;
  readonly days: number;
}

/** Returns how many come on a day: more from month to month, fewer at weekends and in the holidays. */
export function trafficOn({ seed, firstMs, days }: Story, index: number): TrafficDay {
  const dayMs = firstMs + index * DAY_MS;
  const date = new Date(dayMs).toISOString().slice(0, 10);
  const weekday = (new Date(dayMs).getUTCDay() + 6) % 7;
  const at = days < 2 ? 1 : index / (days - 1);
  const noise = 1 + NOISE * new Random(`${seed} traffic ${date}`).normal();
  const usual =
    VISITS_AT_FIRST * GROWTH ** at * (OF_WEEKDAYS[weekday] ?? 1) * seasonOf(date) * noise;
  const shared = SHARED_DAYS_AGO.reduce(
    (sum, ago) => sum + visitsAfterLaunch(ago - (days - 1 - index)),
    0,
  );
  const visits = Math.max(Math.round(usual * (1 + shared)), 4);
  return { date, weekday, visits, newVisitors: Math.ceil(visits * NEW_PART), shared, at };
}

function seasonOf(date: string): number {
  const day = date.slice(5);
  if (day >= "12-22" || day <= "01-03") return 0.55;
  return day >= "07-20" && day <= "08-24" ? 0.82 : 1;
}
