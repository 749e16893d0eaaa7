/** An event of a client; the server creates its id. */
export interface ClientEvent {
  readonly site_id: string;
  readonly event_type: string;
  readonly path: string;
  readonly user_id: string;
  readonly timestamp: string;
}

/** Returns a number from 0 to below 1, like `Math.random`. */
export type Random = () => number;

/** Sites that events are sent to. */
export interface Sites {
  readonly count: number;
  readonly domain: string;
}

const SITES: Sites = { count: 1000, domain: "example" };
const PATHS = 5000;
const USERS = 200000;

/**
 * Zipf exponents: the r-th most popular choice has a probability in proportion to r^-exponent. The popularity of pages and
 * sites is close to exponent 1 (Breslau et al., "Web Caching and Zipf-like Distributions", 1999, found 0.64 to 0.83 for pages
 * behind a proxy); that of users is less skewed.
 */
const SITE_EXPONENT = 1;
const PATH_EXPONENT = 0.8;
const USER_EXPONENT = 0.5;

/** The remaining events are page views. */
const CLICK_SHARE = 0.12;
const SIGNUP_SHARE = 0.01;

/**
 * Returns an event like real traffic: many sites, paths and users, of which a few are frequent. Uses no tables, which every
 * virtual user of k6 would keep in memory.
 */
export function randomEvent(random: Random, now: Date, sites = SITES): ClientEvent {
  return {
    site_id: siteName(skewedRank(sites.count, SITE_EXPONENT, random), sites),
    event_type: randomType(random),
    path: randomPath(random),
    user_id: `user-${skewedRank(USERS, USER_EXPONENT, random)}`,
    timestamp: now.toISOString(),
  };
}

/** Returns the name of the site with this rank. */
export function siteName(rank: number, { domain }: Sites): string {
  return `site-${rank}.${domain}`;
}

/**
 * Returns a rank from 1 to `count`, the r-th in proportion to about r^-exponent: the inverse of the power law's distribution
 * function on [1, count + 1), rounded down.
 */
export function skewedRank(count: number, exponent: number, random: Random): number {
  const end = count + 1;
  const continuous =
    exponent === 1
      ? end ** random()
      : ((end ** (1 - exponent) - 1) * random() + 1) ** (1 / (1 - exponent));
  // Rounding may reach the open end.
  return Math.min(count, Math.floor(continuous));
}

function randomType(random: Random): string {
  const share = random();
  if (share < SIGNUP_SHARE) return "signup";
  return share < SIGNUP_SHARE + CLICK_SHARE ? "click" : "page_view";
}

/** The most popular path of each site is its front page. */
function randomPath(random: Random): string {
  const rank = skewedRank(PATHS, PATH_EXPONENT, random);
  return rank === 1 ? "/" : `/articles/${rank}`;
}
