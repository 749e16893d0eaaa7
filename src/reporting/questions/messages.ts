import type { ErrorCode } from "../../errors.ts";
import type { ReportQuery } from "../query/report-query.ts";

export const ANSWER_FORMATS = ["json", "csv", "ndjson"] as const;
export type AnswerFormat = (typeof ANSWER_FORMATS)[number];

/** What a client asks, as an ingest thread passes it on. */
export interface Question {
  readonly query: ReportQuery;
  readonly format: AnswerFormat;
  /** Read before the question was passed on, so that the answer has every event that does not wait. Absent while Redis is away. */
  readonly freshness?: Freshness;
}

/** Entries accepted and not stored, and the age of the oldest. */
export interface Freshness {
  readonly pending: number;
  readonly lagMs: number;
}

export interface Answer {
  readonly body: Uint8Array<ArrayBuffer>;
  /** What a reader has to know of the numbers, as JSON in ASCII, if the format has no place for it. */
  readonly meta?: string;
}

export type ToReport =
  | { readonly type: "ask"; readonly id: number; readonly question: Question }
  /** The client has left. */
  | { readonly type: "cancel"; readonly id: number };

/** To each `ask` one of these. */
export type FromReport =
  | { readonly type: "answer"; readonly id: number; readonly answer: Answer }
  | { readonly type: "refusal"; readonly id: number; readonly refusal: Refusal };

/** An error without its class, which does not cross between threads. */
export interface Refusal {
  readonly code: ErrorCode;
  readonly message: string;
  /** Of `invalid_field`. */
  readonly fields?: Readonly<Record<string, string>>;
}
