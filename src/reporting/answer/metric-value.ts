/** Rounded as an answer shows it. Null where a mean or rate is over nothing. */
export type MetricValue = number | null | readonly Money[];

export interface Money {
  readonly currency: string;
  /** A decimal without an exponent. */
  readonly value: string;
}
