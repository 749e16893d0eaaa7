import { metaHeader } from "./answer/answer-meta.ts";
import type { AnswerParts } from "./answer/answer-parts.ts";
import { csvAnswer } from "./answer/csv-answer.ts";
import { jsonAnswer } from "./answer/json-answer.ts";
import { ndjsonAnswer } from "./answer/ndjson-answer.ts";
import type { Answer, AnswerFormat } from "./questions/messages.ts";

const encoder = new TextEncoder();

export function printAnswer(format: AnswerFormat, parts: AnswerParts): Answer {
  switch (format) {
    case "json":
      return { body: encoder.encode(jsonAnswer(parts)) };
    case "ndjson":
      return { body: encoder.encode(ndjsonAnswer(parts)) };
    case "csv":
      return { body: encoder.encode(csvAnswer(parts)), meta: metaHeader(parts) };
  }
}
