import { PATHS, type Path } from "../paths.ts";

/** `other` stands for every unknown path, so that clients cannot create series. */
export type Route = Path | "other";

export const ROUTES: readonly Route[] = [...PATHS, "other"];
