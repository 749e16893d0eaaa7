import { PATHS, type Path } from "../paths.ts";

/** What a listener serves: everything, or with a listener of its own for operators, the one part or the other. */
export type Listener = "whole" | "public" | "operate";

/** Who restarts the process or balances requests asks for these. They cost next to nothing, and say nothing about a site. */
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

export function isProbe(path: string): boolean {
  return PROBES.some((probe) => probe === path || `${probe}/` === path);
}

/** Whether the operate listener serves a path. Its application has all routes, because `/swagger/json` describes them. */
export function isForOperators(path: string): boolean {
  return path.startsWith("/swagger/") || pathsOf("operate").some((known) => known === path);
}
