import { type Summary, summaryOf } from "../measure/summary.ts";

/** The limit that the project sets for a figure. */
export interface Line {
  /** Whether the limit applies to the ratio to the baseline or to the engine's value. */
  readonly of: "ratio" | "value";
  readonly bound: "at least" | "at most";
  readonly limit: number;
}

/** A row of the table: the values of the engine and of the baseline, one per pair. */
export interface Finding {
  readonly what: string;
  readonly unit: string;
  readonly engine: readonly number[];
  readonly baseline?: { readonly name: string; readonly values: readonly number[] };
  readonly line?: Line;
}

export interface Verdict {
  readonly engine: Summary;
  readonly baseline: Summary | undefined;
  /** Per pair, so that changes between pairs do not distort it. */
  readonly ratio: Summary | undefined;
  readonly reached: boolean | undefined;
}

/** Summarises a finding and compares its median with the limit. */
export function verdictOf({ engine, baseline, line }: Finding): Verdict {
  const values = baseline?.values;
  const ratios = values && engine.map((value, pair) => value / (values[pair] ?? Number.NaN));
  const summaries = {
    engine: summaryOf(engine),
    baseline: values && summaryOf(values),
    ratio: ratios && summaryOf(ratios),
  };
  if (line === undefined) return { ...summaries, reached: undefined };
  const measured = (line.of === "ratio" ? summaries.ratio : summaries.engine)?.median ?? Number.NaN;
  const reached = line.bound === "at least" ? measured >= line.limit : measured <= line.limit;
  return { ...summaries, reached };
}
