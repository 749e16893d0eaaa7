/** Under the names that metrics use; operators may rename some, see `PathNames`. */
export const PATHS = [
  "/",
  "/event",
  "/events",
  "/collect",
  "/collect.gif",
  "/script.js",
  "/stats",
  "/sites",
  "/keys",
  "/keys/revoke",
  "/health",
  "/health/live",
  "/health/ready",
  "/metrics",
  "/swagger",
  "/swagger/json",
] as const;

export type Path = (typeof PATHS)[number];

/** Of the routes that take events from pages of any site. */
export const EVENT_PATHS: readonly Path[] = ["/event", "/events", "/collect", "/collect.gif"];

/** `other` stands for every unknown path, so that clients cannot create series. */
export type Route = Path | "other";

export const ROUTES: readonly Route[] = [...PATHS, "other"];
