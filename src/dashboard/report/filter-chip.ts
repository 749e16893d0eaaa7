import { OPERATORS, type Operator } from "../../reporting/query/report-query.ts";

/** A filter as the pages make them: one operator, one dimension, any of the values. */
export interface FilterChip {
  readonly operator: Operator;
  readonly dimension: string;
  /** An empty text stands for none. */
  readonly values: readonly string[];
}

/** As the API takes it. */
export function filterJson({ operator, dimension, values }: FilterChip): unknown {
  return [operator, dimension, values.map((value) => (value === "" ? null : value))];
}

/** The inverse of `parseChip`: parts with commas between, `\` before a comma that is none. */
export function chipText({ operator, dimension, values }: FilterChip): string {
  return [operator, dimension, ...values].map((part) => part.replace(/[\\,]/g, "\\$&")).join(",");
}

export function parseChip(text: string): FilterChip | undefined {
  const parts = [...text.matchAll(/(?:^|,)((?:\\.|[^\\,])*)/gs)].map(([, part = ""]) =>
    part.replace(/\\(.)/gs, "$1"),
  );
  const [name, dimension, ...values] = parts;
  const operator = OPERATORS.find((each) => each === name);
  if (operator === undefined || !dimension || values.length === 0) return undefined;
  return { operator, dimension, values };
}

/** Returns the filters with one value included or excluded. Asked for again, it is taken out. */
export function withValue(
  chips: readonly FilterChip[],
  dimension: string,
  { value, operator }: { readonly value: string; readonly operator: "is" | "is_not" },
): readonly FilterChip[] {
  const others = chips.filter((chip) => chip.dimension !== dimension || chip.operator !== operator);
  const known = chips.find((chip) => chip.dimension === dimension && chip.operator === operator);
  if (known?.values.includes(value)) {
    const values = known.values.filter((each) => each !== value);
    return values.length === 0 ? others : [...others, { ...known, values }];
  }
  // One country at a time is looked at, but several may be left out.
  const values = operator === "is" ? [value] : [...(known?.values ?? []), value];
  return [...others, { operator, dimension, values }];
}
