import { PATHS, type Path } from "../metrics/routes.ts";

/** What a listener serves: everything, or with a listener of its own for operators, the one part or the other. */
export type Listener = "whole" | "public" | "operate";

const PROBES: readonly Path[] = ["/health/live", "/health/ready"];
const ONLY_FOR_OPERATORS: readonly Path[] = ["/health", "/metrics", "/swagger", "/swagger/json"];

export function pathsOf(listener: Listener): readonly Path[] {
  switch (listener) {
    case "whole":
      return PATHS;
    case "public":
      return PATHS.filter((path) => !ONLY_FOR_OPERATORS.includes(path));
    case "operate":
      return PATHS.filter((path) => ONLY_FOR_OPERATORS.includes(path) || PROBES.includes(path));
  }
}

/** Whether the operate listener serves a path. Its application has all routes, because `/swagger/json` describes them. */
export function isForOperators(path: string): boolean {
  return path.startsWith("/swagger/") || pathsOf("operate").some((known) => known === path);
}
