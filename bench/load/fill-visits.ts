import type { Sql } from "postgres";
import { fillTables, skewed } from "./fill-database.ts";

/** Events by Zipf over sites, in visits over a year. */
export interface VisitsToFill {
  readonly events: number;
  readonly sites: number;
}

export const FIRST_DATE = "2025-01-01";
export const LAST_DATE = "2025-12-31";
const DAYS = 365;
/** 45 % of the visits have one event, the others 2 to 9. */
const EVENTS_A_VISIT = 0.45 + 0.55 * 5.5;

/**
 * Fills an empty database with the visits of returning users, with the optional fields of events from browsers: sources,
 * countries, devices, and properties on a fifth.
 */
export async function fillVisits(sql: Sql, { events, sites }: VisitsToFill): Promise<void> {
  const visits = Math.round(events / EVENTS_A_VISIT);
  await fillTables(
    sql,
    `INSERT INTO events (event_id, site_id, event_type, path, user_id, timestamp, hostname, referrer, utm_source,
       utm_campaign, country, device, browser, os, language, properties)
     SELECT gen_random_uuid(), 'site-' || site || '.example', ${EVENT_TYPE}, ${PATH}, 'user-' || site || '-' || visitor,
       began_at + event * interval '47 seconds' + random() * interval '40 seconds', 'site-' || site || '.example',
       CASE WHEN event = 0 AND source < 200 THEN 'https://source-' || source || '.example/' END,
       CASE WHEN event = 0 AND source BETWEEN 200 AND 230 THEN 'campaign-' || source END,
       CASE WHEN event = 0 AND source BETWEEN 200 AND 230 THEN 'spring-' || source % 5 END,
       chr(65 + country % 20) || chr(65 + country / 20), (ARRAY['desktop','mobile','tablet'])[1 + visitor % 3],
       'browser-' || visitor % 8, 'os-' || visitor % 6, 'language-' || country % 12,
       CASE WHEN random() < 0.2 THEN jsonb_build_object('plan', (ARRAY['free','pro','team'])[1 + visitor % 3]) END
     FROM (
       SELECT *, ${skewed(200, 0.8)} AS country, ${skewed(600, 0.6)} AS source,
         ${skewed(1_000_000, 0.3)} % (20 + 600000 / site) AS visitor,
         CASE WHEN random() < 0.45 THEN 1 ELSE 2 + floor(random() * 8)::int END AS length
       FROM (
         SELECT ${skewed(sites, 1)} AS site,
           '${FIRST_DATE}'::timestamptz + (number - 1) * (interval '${DAYS} days' / ${visits}) AS began_at
         FROM generate_series(1, ${visits}) AS number
       ) AS begun
     ) AS visits, generate_series(0, length - 1) AS event`,
  );
}

/** One page in thirty is seen once. */
const PATH = `CASE WHEN random() < 0.03 THEN '/once/' || floor(random() * 1e9)::text ELSE '/articles/' || ${skewed(5_000, 0.8)} END`;
const EVENT_TYPE =
  "(ARRAY['page_view','page_view','page_view','page_view','page_view','page_view','click','signup'])[1 + floor(random() * 8)::int]";
