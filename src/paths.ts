/** Of the routes, under the names that metrics use; operators may rename some, see `PathNames`. */
export const PATHS = [
  "/",
  "/event",
  "/events",
  "/collect",
  "/collect.gif",
  "/script.js",
  "/stats",
  "/query",
  "/export",
  "/live",
  "/live/stream",
  "/sites",
  "/sites/readable",
  "/sites/overview",
  "/sites/goals",
  "/sites/segments",
  "/sites/shares",
  "/sites/annotations",
  "/keys",
  "/keys/revoke",
  "/status",
  "/dead-letters",
  "/dead-letters/retry",
  "/dead-letters/drop",
  "/session",
  "/share",
  "/share/site",
  "/share/query",
  "/share/annotations",
  "/share/live/stream",
  "/share/session",
  "/embed",
  "/health",
  "/health/live",
  "/health/ready",
  "/metrics",
  "/swagger",
  "/swagger/json",
] as const;

export type Path = (typeof PATHS)[number];

/** Operators may rename them, since blockers know the usual names. */
const RENAMED_PATHS = ["/collect", "/collect.gif", "/script.js"] as const;

export type RenamedPath = (typeof RENAMED_PATHS)[number];

/** Of the routes that take events from pages of any site. */
export const EVENT_PATHS: readonly Path[] = ["/event", "/events", "/collect", "/collect.gif"];

export function isRenamed(path: Path): path is RenamedPath {
  return RENAMED_PATHS.some((renamed) => renamed === path);
}
