import { answerMeta } from "./answer-meta.ts";
import type { AnswerParts } from "./answer-parts.ts";
import { comparedRows } from "./compared-rows.ts";
import { understoodQuery } from "./understood-query.ts";

export function jsonAnswer(parts: AnswerParts): string {
  const results = comparedRows(parts);
  return JSON.stringify({ results, meta: answerMeta(parts), query: understoodQuery(parts) });
}
