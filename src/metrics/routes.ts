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

export type Path = (typeof PATHS)[number];

/** What requests are counted by. `other` stands for every other path, so that clients cannot create series. */
export type Route = Path | "other";

export const ROUTES: readonly Route[] = [...PATHS, "other"];
