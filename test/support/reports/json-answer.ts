import type { Answer, AnswerRow } from "./oracle/answer.ts";

/** Of an answer to `POST /query`. */
export interface JsonAnswer {
  readonly results: readonly AnswerRow[];
  readonly meta: {
    readonly as_of: string;
    readonly total_rows?: number;
    readonly time_labels?: readonly string[];
    readonly accuracy: Readonly<Record<string, string>>;
    readonly incomplete_days: readonly string[];
  };
}

export function answerOf({ results, meta }: JsonAnswer): Answer {
  return {
    rows: results,
    ...(meta.total_rows === undefined ? {} : { totalRows: meta.total_rows }),
    ...(meta.time_labels === undefined ? {} : { timeLabels: meta.time_labels }),
    accuracy: meta.accuracy,
    incompleteDays: meta.incomplete_days,
  };
}
