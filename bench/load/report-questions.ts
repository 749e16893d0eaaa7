import { FIRST_DATE, LAST_DATE } from "./fill-visits.ts";

/** UTC dates, both inclusive. */
export interface Dates {
  readonly name: string;
  readonly from: string;
  readonly to: string;
}

/** What a question may take, and how much less than SQL over raw rows. */
export interface AskedDates extends Dates {
  readonly p99MsMax: number;
  readonly rawRatioMax?: number;
}

/** The range of each length ends in the middle of the filled year, but for the whole year. */
export const RANGES = {
  day: { name: "1 day", from: "2025-07-15", to: "2025-07-15", p99MsMax: 10 },
  month: {
    name: "31 days",
    from: "2025-06-15",
    to: "2025-07-15",
    p99MsMax: 50,
    rawRatioMax: 1 / 15,
  },
  year: { name: "12 months", from: FIRST_DATE, to: LAST_DATE, p99MsMax: 400 },
} satisfies Readonly<Record<string, AskedDates>>;

/** A question to the engine, and the statements that find the same rows. */
export interface ReportQuestion {
  readonly name: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** From raw rows. $1 is the site, $2 and $3 are the first and last date, as is the next one's. */
  readonly rawSql: string;
  /** With `count(distinct)` over rows of a day, where the rollups have the dimension. */
  readonly rollupSql?: string;
}

const KATHMANDU = "Asia/Kathmandu";
const IN_DATES = inDates("UTC");
const VISITS = `
  SELECT user_id, timestamp, coalesce(timestamp - lag(timestamp) OVER by_time > interval '30 minutes', true) AS begins,
    referrer, utm_source
  FROM events WHERE site_id = $1 AND ${inDates("UTC", "1 day")}
  WINDOW by_time AS (PARTITION BY user_id ORDER BY timestamp, event_id)`;
const WHOLE_VISITS = `
  SELECT user_id, visit, min(timestamp) AS began, count(*) AS events, extract(epoch FROM max(timestamp) - min(timestamp)) AS seconds,
    (array_agg(coalesce(utm_source, substring(referrer FROM '://([^/]+)')) ORDER BY timestamp)
      FILTER (WHERE utm_source IS NOT NULL OR referrer IS NOT NULL))[1] AS source
  FROM (SELECT *, sum(begins::int) OVER (PARTITION BY user_id ORDER BY timestamp) AS visit FROM (${VISITS}) gaps) visits
  GROUP BY 1, 2 HAVING min(timestamp) >= $2::date::timestamp AT TIME ZONE 'UTC'
    AND min(timestamp) < ($3::date + 1)::timestamp AT TIME ZONE 'UTC'`;

export const QUESTIONS: readonly ReportQuestion[] = [
  {
    name: "days in Kathmandu",
    body: { metrics: ["events"], dimensions: ["time:day"], timezone: KATHMANDU },
    rawSql: `
      SELECT (timestamp AT TIME ZONE '${KATHMANDU}')::date::text AS name, count(*)::int AS events
      FROM events WHERE site_id = $1 AND ${inDates(KATHMANDU)} GROUP BY 1 ORDER BY 1`,
  },
  {
    name: "top pages with visitors",
    body: { metrics: ["events", "visitors"], dimensions: ["event:page"] },
    rawSql: `
      SELECT path AS name, count(*)::int AS events, count(DISTINCT user_id)::int AS visitors
      FROM events WHERE site_id = $1 AND ${IN_DATES} GROUP BY 1 ORDER BY 2 DESC, 1 NULLS FIRST LIMIT 10`,
  },
  {
    name: "visitors",
    body: { metrics: ["visitors"] },
    rawSql: `SELECT count(DISTINCT user_id)::int AS visitors FROM events WHERE site_id = $1 AND ${IN_DATES}`,
    rollupSql:
      "SELECT count(DISTINCT user_id)::int AS visitors FROM daily_site_users WHERE site_id = $1 AND date BETWEEN $2::date AND $3::date",
  },
  {
    name: "sources",
    body: { metrics: ["visits"], dimensions: ["visit:source"] },
    rawSql: `SELECT source COLLATE "C" AS name, count(*)::int AS visits FROM (${WHOLE_VISITS}) visits GROUP BY 1 ORDER BY 2 DESC, 1 NULLS FIRST LIMIT 10`,
  },
  {
    name: "visits and bounces",
    body: { metrics: ["visits", "bounce_rate", "visit_duration"] },
    rawSql: `
      SELECT count(*)::int AS visits, round(100.0 * count(*) FILTER (WHERE events = 1) / nullif(count(*), 0), 2)::float8 AS bounce_rate,
        round(avg(seconds))::int AS visit_duration FROM (${WHOLE_VISITS}) visits`,
  },
  {
    name: "two filters by country",
    body: {
      metrics: ["visitors"],
      dimensions: ["visit:country"],
      filters: [
        ["is", "event:name", ["signup", "click"]],
        ["matches_glob", "event:page", ["/articles/1*"]],
      ],
    },
    rawSql: `
      SELECT country AS name, count(DISTINCT user_id)::int AS visitors FROM events
      WHERE site_id = $1 AND ${IN_DATES} AND event_type IN ('signup', 'click') AND path ~ '^/articles/1[^/]*$'
      GROUP BY 1 ORDER BY 2 DESC, 1 NULLS FIRST LIMIT 10`,
  },
  {
    name: "a property",
    body: { metrics: ["events"], dimensions: ["event:props:plan"] },
    rawSql: `
      SELECT (properties ->> 'plan') COLLATE "C" AS name, count(*)::int AS events
      FROM events WHERE site_id = $1 AND ${IN_DATES} GROUP BY 1 ORDER BY 2 DESC, 1 NULLS FIRST LIMIT 10`,
  },
];

/** An index on site and time serves it. */
function inDates(timeZone: string, margin = "0"): string {
  const start = (date: string) => `(${date})::timestamp AT TIME ZONE '${timeZone}'`;
  return `timestamp >= ${start("$2::date")} - interval '${margin}' AND timestamp < ${start("$3::date + 1")} + interval '${margin}'`;
}
