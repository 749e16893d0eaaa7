import { answerMeta } from "./answer-meta.ts";
import type { AnswerParts } from "./answer-parts.ts";
import { type AnswerRow, comparedRows } from "./compared-rows.ts";

/** Returns a line for each row, an object by the names of its dimensions and metrics, and the meta as the last. */
export function ndjsonAnswer(parts: AnswerParts): string {
  const names = [...parts.plan.dimensions, ...parts.plan.metrics];
  const lines: unknown[] = comparedRows(parts).map((row) => namedRow(row, names));
  return [...lines, { meta: answerMeta(parts) }]
    .map((line) => `${JSON.stringify(line)}\n`)
    .join("");
}

function namedRow({ comparison, ...row }: AnswerRow, names: readonly string[]) {
  if (comparison === undefined) return named(names, row);
  const metrics = names.slice(row.dimensions.length);
  const change = named(metrics, { dimensions: [], metrics: comparison.change });
  return { ...named(names, row), comparison: { ...named(names, comparison), change } };
}

function named(
  names: readonly string[],
  {
    dimensions,
    metrics,
  }: { readonly dimensions: readonly unknown[]; readonly metrics: readonly unknown[] },
): Record<string, unknown> {
  const values = [...dimensions, ...metrics];
  return Object.fromEntries(names.map((name, i) => [name, values[i] ?? null]));
}
