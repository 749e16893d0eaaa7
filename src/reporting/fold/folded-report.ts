import type { Metric } from "../query/report-query.ts";

/** The answer to a plan. */
export interface FoldedReport {
  /** The page that was asked for, in order. */
  readonly rows: readonly FoldedRow[];
  /** Of all pages. */
  readonly totalRows: number;
  readonly accuracy: Readonly<Partial<Record<Metric, Accuracy>>>;
  /** UTC days of the range and of the comparison whose events were pruned before they were packed. */
  readonly incompleteDays: readonly string[];
  /** Visits may still change after this instant. */
  readonly provisionalAfterMs: number;
}

/** `daily_sum`: visitors whose ids change every day count once for each of their days. */
export type Accuracy = "exact" | "daily_sum";

export interface FoldedRow extends RowValues {
  /** The row of the compared range, with zeros where it has none. Absent without a comparison or a counterpart in time. */
  readonly comparison?: RowValues;
}

export interface RowValues {
  /** In the order of the plan's dimensions, times by their label. */
  readonly dimensions: readonly (string | null)[];
  /** In the order of the plan's metrics. */
  readonly metrics: readonly MetricValue[];
}

/** `revenue` is a list, one amount a currency. */
export type MetricValue = number | null | readonly Money[];

export interface Money {
  readonly currency: string;
  /** An exact decimal, as PostgreSQL prints a sum of numeric: with as many decimals as the most precise amount. */
  readonly value: string;
}

/** Hands the thread back to others. */
export interface Turn {
  /** Returns undefined while the current slice of time has not ended. */
  pause(): Promise<void> | undefined;
  readonly signal: AbortSignal;
}
