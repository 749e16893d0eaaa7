import type { DayTotal, PartRow, TailDay } from "../../store/reports/snapshot-rows.ts";

/** What is known of a UTC day before its events are read. */
export interface DayContents {
  readonly date: string;
  readonly totalViews: number;
  readonly unpacked: number;
  readonly parts: readonly PartRow[];
  readonly tail: TailDay | undefined;
}

/** Joins by date, in its order. A day may have events without a rollup, and a rollup without events. */
export function joinDays(
  totals: readonly DayTotal[],
  parts: readonly PartRow[],
  tail: readonly TailDay[],
): readonly DayContents[] {
  const totalOf = new Map(totals.map((total) => [total.date, total]));
  const partsOf = Map.groupBy(parts, ({ date }) => date);
  const tailOf = new Map(tail.map((day) => [day.date, day]));
  const dates = new Set([...totalOf.keys(), ...partsOf.keys(), ...tailOf.keys()]);
  return [...dates].toSorted().map((date) => ({
    date,
    totalViews: totalOf.get(date)?.totalViews ?? 0,
    unpacked: totalOf.get(date)?.unpacked ?? 0,
    parts: partsOf.get(date) ?? [],
    tail: tailOf.get(date),
  }));
}

export function eventsOf({ parts, tail }: DayContents): number {
  return parts.reduce((sum, { events }) => sum + events, tail?.rows ?? 0);
}

/** Returns the smallest and largest id of a day's rows. */
export function idsOf({ parts, tail }: DayContents): { first: bigint; last: bigint } | undefined {
  const ranges = tail === undefined ? parts : [...parts, tail];
  const [one, ...others] = ranges.map(({ firstId, lastId }) => ({
    first: BigInt(firstId),
    last: BigInt(lastId),
  }));
  if (one === undefined) return undefined;
  return others.reduce(
    (all, { first, last }) => ({
      first: first < all.first ? first : all.first,
      last: last > all.last ? last : all.last,
    }),
    one,
  );
}
