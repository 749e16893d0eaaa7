import type { Finding } from "../report/finding.ts";
import type { Checkout } from "./checkout.ts";
import type { Side } from "./compared-engines.ts";

/** A row of the table, and the field of a result that it shows. */
export interface ComparedRow<Field extends string> {
  readonly field: Field;
  readonly what: string;
  readonly unit: string;
}

/** Returns the rows with this engine's values and the other's. */
export function findingsOf<Field extends string>(
  rows: readonly ComparedRow<Field>[],
  results: (side: Side) => readonly Readonly<Record<Field, number>>[],
  { commit }: Checkout,
): readonly Finding[] {
  return rows.map(({ field, what, unit }) => ({
    what,
    unit,
    engine: results("this").map((result) => result[field]),
    baseline: {
      name: `commit ${commit}`,
      values: results("other").map((result) => result[field]),
    },
  }));
}
