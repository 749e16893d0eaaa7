import { askReport } from "./ask-report.ts";
import type { ReportBody } from "./report.ts";

export interface PropertyNames {
  /** Those of the most events first. */
  readonly names: readonly string[];
  /** False where events have more combinations of names than one answer holds. */
  readonly areAll: boolean;
}

/**
 * Asks `propertyNamesQuestion`: a row has the names that some events have together.
 *
 * @throws RequestFailure; the reason of `signal` when it aborts.
 */
export async function askPropertyNames(
  question: ReportBody,
  signal: AbortSignal,
): Promise<PropertyNames> {
  const { results, meta } = await askReport(question, signal);
  const events = new Map<string, number>();
  for (const { dimensions, metrics } of results) {
    for (const name of JSON.parse(dimensions[0] ?? "[]") as readonly string[]) {
      events.set(name, (events.get(name) ?? 0) + Number(metrics[0]));
    }
  }
  return {
    names: [...events].toSorted(([, a], [, b]) => b - a).map(([name]) => name),
    areAll: (meta.total_rows ?? 0) <= results.length,
  };
}
