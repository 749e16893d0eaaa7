export interface Amount {
  readonly currency: string;
  /** A decimal. */
  readonly value: string;
}

export type Value = number | null | readonly Amount[];

export type Change =
  | number
  | null
  | readonly { readonly currency: string; readonly change: number | null }[];

export interface AnswerRow {
  readonly dimensions: readonly (string | null)[];
  readonly metrics: readonly Value[];
  readonly comparison?: {
    readonly dimensions: readonly (string | null)[];
    readonly metrics: readonly Value[];
    readonly change: readonly Change[];
  };
}

export interface Answer {
  readonly rows: readonly AnswerRow[];
  /** Before the page was cut out. */
  readonly totalRows?: number;
  readonly timeLabels?: readonly string[];
  /** By metric: `exact` or `daily_sum`. */
  readonly accuracy: Readonly<Record<string, string>>;
  /** UTC dates. */
  readonly incompleteDays: readonly string[];
}
