import { type Summary, summaryOf } from "../measure/summary.ts";

/** What a figure must keep, as the project has set it for itself. */
export interface Line {
  /** Whether the ratio to the baseline must keep it, or the engine's own value. */
  readonly of: "ratio" | "value";
  readonly bound: "at least" | "at most";
  readonly limit: number;
}

/** One row of the table: the engine's values, one a pair, and those of what it is measured against. */
export interface Finding {
  readonly what: string;
  readonly unit: string;
  readonly engine: readonly number[];
  readonly baseline?: { readonly name: string; readonly values: readonly number[] };
  readonly line?: Line;
}

/** A finding with all that a reader wants to know of it. */
export interface Verdict {
  readonly engine: Summary;
  readonly baseline: Summary | undefined;
  /** Of each pair by itself, so that what changed between pairs does not spoil it. */
  readonly ratio: Summary | undefined;
  readonly reached: boolean | undefined;
}

/** Summarises a finding, and says whether its line is reached: by the median. */
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
