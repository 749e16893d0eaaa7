import { valueName } from "../../numbers/names.ts";
import type { FilterChip } from "../../report/filter-chip.ts";
import { words } from "../../words/words.ts";

/** Returns what a filter asks for, in words. */
export function chipName({ dimension, operator, values }: FilterChip): string {
  const names = values.map((value) => valueName(dimension, value)).join(", ");
  return `${dimensionName(dimension)} ${words.operators[operator]} ${names}`;
}

export function dimensionName(dimension: string): string {
  return words.dimensions[dimension] ?? dimension.replace("event:props:", "");
}
