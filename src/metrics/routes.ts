export const PATHS = [
  "/",
  "/event",
  "/events",
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

/** `other` stands for every unknown path, so that clients cannot create series. */
export type Route = Path | "other";

export const ROUTES: readonly Route[] = [...PATHS, "other"];
