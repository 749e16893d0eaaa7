import { channelSql } from "./channel-sql.ts";
import { literal } from "./literal.ts";

/** The fields that may be absent; an empty text is none. */
const TEXTS = [
  "hostname",
  "referrer",
  "utm_source",
  "utm_medium",
  "utm_campaign",
  "utm_term",
  "utm_content",
  "country",
  "device",
  "browser",
  "os",
  "screen",
  "language",
  "session_id",
  "visitor",
];
/** A visit has them from its first event with any of them. */
const ACQUISITION = TEXTS.slice(1, 7);
/** A visit has the first value that one of its events has. */
const FIRST_KNOWN = ["country", "device", "browser", "os", "screen", "language"];

/**
 * Returns a statement for the events of a site with the visit of each; null outside of visits. Every gap of more than 30 minutes
 * ends a visit, and none begins with `engagement`.
 */
export function eventsStatement(siteId: string, table: string): string {
  return `
    WITH of_site AS (
      SELECT event_id, user_id, timestamp AS at, event_type AS name, path AS page, properties, engaged_ms,
        ${TEXTS.map((name) => `nullif(${name}, '') AS ${name}`).join(", ")}
      FROM ${table} WHERE site_id = ${literal(siteId)}
    ), gaps AS (
      SELECT *, coalesce(at - lag(at) OVER by_time > interval '30 minutes', true) AS is_after_gap
      FROM of_site WINDOW by_time AS (PARTITION BY user_id ORDER BY at, event_id)
    ), islands AS (
      SELECT *, count(*) FILTER (WHERE is_after_gap) OVER (PARTITION BY user_id ORDER BY at, event_id) AS island
      FROM gaps
    ), begun AS (
      SELECT *, bool_or(name <> 'engagement') OVER (PARTITION BY user_id, island ORDER BY at, event_id) AS is_in_visit
      FROM islands
    )
    SELECT *, CASE WHEN is_in_visit THEN dense_rank() OVER (ORDER BY user_id, island) END AS visit
    FROM begun`;
}

/** Returns a statement for the visits of the events in the table `oracle_events`. */
export function visitsStatement(): string {
  const firstKnown = FIRST_KNOWN.map(
    (name) =>
      `(array_agg(${name} ORDER BY at, event_id) FILTER (WHERE ${name} IS NOT NULL))[1] AS ${name}`,
  );
  return `
    WITH acquired AS (
      SELECT DISTINCT ON (visit) visit, hostname, ${ACQUISITION.join(", ")}
      FROM oracle_events
      WHERE visit IS NOT NULL AND num_nonnulls(${ACQUISITION.join(", ")}) > 0
      ORDER BY visit, at, event_id
    ), whole AS (
      SELECT visit, min(at) AS began_at, max(at) AS ended_at,
        count(*) FILTER (WHERE name <> 'engagement') = 1 AS is_bounce,
        (array_agg(page ORDER BY at, event_id) FILTER (WHERE name <> 'engagement'))[1] AS entry_page,
        (array_agg(page ORDER BY at DESC, event_id DESC) FILTER (WHERE name <> 'engagement'))[1] AS exit_page,
        ${firstKnown.join(", ")}
      FROM oracle_events WHERE visit IS NOT NULL GROUP BY visit
    )
    SELECT *, ${channelSql()} AS channel FROM (
      SELECT whole.*, ${ACQUISITION.join(", ")}, ${SOURCE} AS source
      FROM whole LEFT JOIN acquired USING (visit)
    ) AS known`;
}

const REFERRER_HOST = String.raw`regexp_replace(lower(substring(referrer from '^[a-z][a-z0-9+.-]*://(?:[^/?#@]*@)?([^/?#:]+)')), '^www\.', '')`;
const OWN_HOST = String.raw`regexp_replace(lower(hostname), '^www\.', '')`;
/** The campaign's source; otherwise the host of the referrer unless it is the site's own. */
const SOURCE = `coalesce(utm_source, CASE WHEN ${REFERRER_HOST} IS DISTINCT FROM ${OWN_HOST} THEN ${REFERRER_HOST} END)`;
