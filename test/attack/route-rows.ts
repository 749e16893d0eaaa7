import type { Path } from "../../src/paths.ts";

/**
 * What a route asks for: `reads` a key that reads its site, `reads engine` one of every site, `writes` a write key of its site,
 * `collects` that or a browser key.
 */
export type RouteRule =
  | "asks nothing"
  | "writes"
  | "collects"
  | "reads"
  | "reads engine"
  /** Any read or admin key, of which it shows only what is its own. */
  | "reads its own"
  | "health"
  | "asks a link"
  | "administers"
  /** An admin key of every site. */
  | "administers engine"
  /** Any admin key, of which it shows or changes only what is its own. */
  | "administers its own";

export interface RouteRow {
  readonly method: string;
  readonly path: Path;
  readonly rule: RouteRule;
  /** Beside the path, so that a request with the right key is valid. `SITE` is where the keys' site goes. */
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object;
  /** Whether only refusals are tried, since the others would change what the next rows need. */
  readonly isDestructive?: boolean;
}

export const SITE = "attacked.example";
export const OTHER_SITE = "other.example";

const EVENT = {
  site_id: SITE,
  event_type: "page_view",
  path: "/",
  user_id: "u",
  timestamp: "2026-01-15T09:30:00Z",
};
const QUESTION = { site_id: SITE, metrics: ["visitors"], date_range: "day" };
const DEFINITION = { name: "Sign up", filters: [["is", "event:name", ["signup"]]] };
const PAGE = "https://attacked.example/";
/** As a browser says it, which other sites cannot. */
const OWN_PAGE = { Origin: "http://own.example", "X-Forwarded-Host": "own.example" };
const HTML = { Accept: "text/html" };

/** Every route, as HEAD is answered like GET. */
export const ROUTE_ROWS: readonly RouteRow[] = [
  { method: "GET", path: "/", rule: "asks nothing", headers: HTML },
  { method: "OPTIONS", path: "/event", rule: "asks nothing" },
  { method: "POST", path: "/event", rule: "writes", body: EVENT },
  { method: "OPTIONS", path: "/events", rule: "asks nothing" },
  { method: "POST", path: "/events", rule: "writes", body: [EVENT, EVENT] },
  { method: "OPTIONS", path: "/collect", rule: "asks nothing" },
  { method: "POST", path: "/collect", rule: "collects", body: { site_id: SITE, url: PAGE } },
  { method: "GET", path: "/collect.gif", rule: "collects", query: `?site_id=${SITE}&url=${PAGE}` },
  { method: "GET", path: "/script.js", rule: "asks nothing" },
  { method: "GET", path: "/stats", rule: "reads", query: `?site_id=${SITE}&date=2026-01-15` },
  {
    method: "GET",
    path: "/query",
    rule: "reads",
    query: `?site_id=${SITE}&metrics=visitors&date_range=day`,
  },
  { method: "GET", path: "/export", rule: "reads", query: `?site_id=${SITE}&date_range=day` },
  { method: "POST", path: "/query", rule: "reads", body: QUESTION },
  { method: "GET", path: "/sites/readable", rule: "reads its own" },
  {
    method: "GET",
    path: "/sites/overview",
    rule: "reads its own",
    query: "?from=2026-01-15&to=2026-01-16",
  },
  { method: "GET", path: "/live", rule: "reads", query: `?site_id=${SITE}` },
  { method: "GET", path: "/live/stream", rule: "reads", query: `?site_id=${SITE}` },
  { method: "GET", path: "/sites", rule: "administers its own" },
  { method: "POST", path: "/sites", rule: "administers", body: { site_id: SITE } },
  {
    method: "PATCH",
    path: "/sites",
    rule: "administers",
    query: `?site_id=${SITE}`,
    body: { name: "attacked" },
  },
  {
    method: "DELETE",
    path: "/sites",
    rule: "administers",
    query: `?site_id=${SITE}`,
    isDestructive: true,
  },
  ...(["/sites/goals", "/sites/segments"] as const).flatMap((path): readonly RouteRow[] => [
    { method: "GET", path, rule: "reads", query: `?site_id=${SITE}` },
    { method: "PUT", path, rule: "administers", query: `?site_id=${SITE}`, body: DEFINITION },
    // Does not name one: an unknown one would be a 404, as a route is.
    { method: "DELETE", path, rule: "administers", query: `?site_id=${SITE}` },
  ]),
  { method: "GET", path: "/sites/shares", rule: "administers", query: `?site_id=${SITE}` },
  {
    method: "POST",
    path: "/sites/shares",
    rule: "administers",
    body: { site_id: SITE },
    isDestructive: true,
  },
  { method: "DELETE", path: "/sites/shares", rule: "administers", query: `?site_id=${SITE}` },
  { method: "GET", path: "/sites/annotations", rule: "reads", query: `?site_id=${SITE}` },
  {
    method: "POST",
    path: "/sites/annotations",
    rule: "administers",
    body: { site_id: SITE, when: "2026-01-15", text: "attacked" },
    isDestructive: true,
  },
  // Does not name one: an unknown one would be a 404, as a route is.
  { method: "DELETE", path: "/sites/annotations", rule: "administers", query: `?site_id=${SITE}` },
  { method: "GET", path: "/keys", rule: "administers", query: `?site_id=${SITE}` },
  {
    method: "POST",
    path: "/keys",
    rule: "administers",
    body: { kind: "write", site_id: SITE, confirm: true },
    isDestructive: true,
  },
  // Neither names a key: one that is unknown would be a 404, as a route is.
  { method: "POST", path: "/keys/revoke", rule: "administers its own", body: {} },
  { method: "DELETE", path: "/keys", rule: "administers its own" },
  { method: "GET", path: "/status", rule: "administers engine" },
  { method: "GET", path: "/dead-letters", rule: "administers engine" },
  // Neither names a dead letter.
  { method: "POST", path: "/dead-letters/retry", rule: "administers engine", body: {} },
  { method: "POST", path: "/dead-letters/drop", rule: "administers engine", body: {} },
  { method: "GET", path: "/session", rule: "asks nothing" },
  { method: "POST", path: "/session", rule: "asks nothing", headers: OWN_PAGE, body: {} },
  { method: "DELETE", path: "/session", rule: "asks nothing", headers: OWN_PAGE },
  { method: "GET", path: "/share", rule: "asks nothing", headers: HTML },
  { method: "GET", path: "/embed", rule: "asks nothing", headers: HTML },
  { method: "GET", path: "/share/site", rule: "asks a link" },
  { method: "GET", path: "/share/annotations", rule: "asks a link" },
  { method: "GET", path: "/share/live/stream", rule: "asks a link" },
  { method: "POST", path: "/share/query", rule: "asks a link", body: QUESTION },
  {
    method: "POST",
    path: "/share/session",
    rule: "asks a link",
    headers: OWN_PAGE,
    body: { password: "a password" },
  },
  { method: "GET", path: "/health", rule: "health" },
  { method: "GET", path: "/health/live", rule: "asks nothing" },
  { method: "GET", path: "/health/ready", rule: "asks nothing" },
  { method: "GET", path: "/metrics", rule: "reads engine" },
  { method: "GET", path: "/swagger", rule: "asks nothing", headers: HTML },
  { method: "GET", path: "/swagger/json", rule: "asks nothing" },
];
