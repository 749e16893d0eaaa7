import type { Filter } from "../report-query.ts";

/** Returns filters as one that passes what passes all of them, or undefined for none. */
export function allOf(filters: readonly Filter[]): Filter | undefined {
  const [first] = filters;
  return filters.length > 1 ? { kind: "and", filters } : first;
}
