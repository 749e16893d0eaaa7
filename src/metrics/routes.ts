/** The public paths. */
export const PATHS = [
  "/event",
  "/stats",
  "/health",
  "/health/live",
  "/health/ready",
  "/metrics",
  "/swagger",
  "/swagger/json",
] as const;

/** One of them. */
export type Path = (typeof PATHS)[number];

/** What requests are counted by; `other` is every path that is none, so that nobody's typing makes a new series. */
export type Route = Path | "other";

/** All routes. */
export const ROUTES: readonly Route[] = [...PATHS, "other"];
