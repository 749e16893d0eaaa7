import type { ErrorCode } from "../../errors.ts";
import type { ExportCursor } from "../export/export-cursor.ts";
import type { ExportFormatName } from "../export/export-formats.ts";
import type { ReportQuery } from "../query/report-query.ts";

export const ANSWER_FORMATS = ["json", "csv", "ndjson"] as const;
export type AnswerFormat = (typeof ANSWER_FORMATS)[number];

/** What a client asks, as an ingest thread passes it on. */
export type Question = ReportQuestion | ExportQuestion | LiveQuestion;

export interface ReportQuestion {
  readonly kind: "report";
  readonly query: ReportQuery;
  readonly format: AnswerFormat;
  /** Read before the question was passed on, so that the answer has every event that does not wait. Absent while Redis is away. */
  readonly freshness?: Freshness;
}

/** A step of an export. Its first one opens it, and each returns the bytes that follow. */
export interface ExportQuestion {
  readonly kind: "export";
  readonly siteId: string;
  /** The same in all steps, and unique. */
  readonly exportId: string;
  readonly step:
    | {
        readonly kind: "open";
        readonly query: ReportQuery;
        readonly format: ExportFormatName;
        readonly after?: ExportCursor;
      }
    | { readonly kind: "next" }
    /** The client has left. */
    | { readonly kind: "close" };
}

/** The last half hour of a site, as JSON. */
export interface LiveQuestion {
  readonly kind: "live";
  readonly siteId: string;
  readonly freshness?: Freshness;
}

/** Entries accepted and not stored, and the age of the oldest. */
export interface Freshness {
  readonly pending: number;
  readonly lagMs: number;
}

export interface Answer {
  /** Handed over to the thread that asked, so of no other answer. */
  readonly body: Uint8Array<ArrayBuffer>;
  /** What a reader has to know of the numbers, as JSON in ASCII, if the format has no place for it. */
  readonly meta?: string;
  /** Of an export: nothing follows. */
  readonly isLast?: boolean;
}

export function siteOf(question: Question): string {
  return question.kind === "report" ? question.query.siteId : question.siteId;
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
