import type { Dimension, ReportPlan, TimeBuckets } from "../../query/report-query.ts";
import { type ValueContext, valueSource } from "../fields/value-source.ts";
import type { TextIds } from "../ids/text-ids.ts";
import { type KeySource, RowKeys } from "./row-keys.ts";

/** How a dimension's ids are compared and named. */
export interface DimensionNames {
  readonly isTime: boolean;
  readonly size: () => number;
  readonly compare: (left: number, right: number) => number;
  readonly nameOf: (id: number) => string | null;
}

/** Returns where the values of the dimensions come from. @param goal the place of the goal that is counted. */
export function sourcesOf(
  dimensions: readonly Dimension[],
  context: ValueContext,
  goal = 0,
): KeySource[] {
  return dimensions.map((dimension): KeySource => {
    if (dimension === "event:goal") return { kind: "goal", goal };
    return isTime(dimension) ? { kind: "time" } : valueSource(dimension, context);
  });
}

export function namesOf(
  dimensions: readonly Dimension[],
  {
    plan,
    buckets,
    context,
  }: { plan: ReportPlan; buckets: TimeBuckets | undefined; context: ValueContext },
): DimensionNames[] {
  return dimensions.map((dimension) => {
    if (isTime(dimension)) return listNames(buckets?.labels ?? [], true);
    if (dimension === "event:goal")
      return listNames(
        plan.goals.map(({ name }) => name),
        false,
      );
    const source = valueSource(dimension, context);
    return textNames(source.kind === "event" ? source.field.ids : source.value.ids);
  });
}

export function rowKeys([first, ...rest]: readonly DimensionNames[]): RowKeys {
  return first === undefined ? new RowKeys(0, () => 1) : new RowKeys(1 + rest.length, first.size);
}

export function isTime(dimension: Dimension): dimension is Extract<Dimension, `time:${string}`> {
  return dimension.startsWith("time:");
}

function listNames(names: readonly string[], ofTime: boolean): DimensionNames {
  return {
    isTime: ofTime,
    size: () => names.length,
    compare: (left, right) =>
      ofTime
        ? left - right
        : Buffer.compare(Buffer.from(names[left] ?? ""), Buffer.from(names[right] ?? "")),
    nameOf: (id) => names[id] ?? null,
  };
}

function textNames(ids: TextIds): DimensionNames {
  return {
    isTime: false,
    size: () => ids.size,
    compare: (left, right) => ids.compare(left, right),
    nameOf: (id) => ids.textOf(id),
  };
}
