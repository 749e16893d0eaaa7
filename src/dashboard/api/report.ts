import type { Metric } from "../../reporting/query/report-query.ts";

/** Of `POST /query`. */
export interface ReportBody {
  readonly site_id: string;
  readonly metrics: readonly Metric[];
  readonly date_range: string | readonly [from: string, to: string];
  readonly dimensions?: readonly string[];
  readonly filters?: readonly unknown[];
  readonly timezone?: string;
  readonly order_by?: readonly (readonly [by: string, direction: "asc" | "desc"])[];
  readonly include?: {
    readonly compare?: string;
    readonly time_labels?: boolean;
    readonly total_rows?: boolean;
  };
  readonly pagination?: { readonly limit: number; readonly offset?: number };
}

export interface Money {
  readonly currency: string;
  /** An exact decimal. */
  readonly value: string;
}

export type MetricValue = number | null | readonly Money[];

export interface ReportRow {
  readonly dimensions: readonly (string | null)[];
  readonly metrics: readonly MetricValue[];
  readonly comparison?: {
    readonly dimensions: readonly (string | null)[];
    readonly metrics: readonly MetricValue[];
    readonly change: readonly unknown[];
  };
}

export interface ReportMeta {
  readonly accuracy: Partial<Record<Metric, "exact" | "daily_sum">>;
  readonly as_of: string;
  readonly provisional_after: string;
  /** Absent while Redis is away. */
  readonly pending?: number;
  readonly lag_ms?: number;
  readonly incomplete_days: readonly string[];
  readonly time_labels?: readonly string[];
  readonly comparison_time_labels?: readonly string[];
  readonly total_rows?: number;
}

export interface Report {
  readonly results: readonly ReportRow[];
  readonly meta: ReportMeta;
  readonly query: {
    readonly date_range: readonly [from: string, to: string];
    readonly comparison_date_range?: readonly [from: string, to: string];
    readonly timezone: string;
  };
}
